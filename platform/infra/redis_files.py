"""Configuration and start scripts of our Redis servers."""

from typing import Final

from infra.bounds import mebibytes
from infra.ports import REDIS, SENTINEL

CONFIGURATION_AT: Final = "/etc/redis"
PASSWORD_AT: Final = "/run/secrets/redis"  # noqa: S105 a folder
PASSWORD: Final = "password"  # noqa: S105 a file's name
SCRATCH: Final = "/tmp"  # noqa: S108 the root is read-only

BROKER_SHARE: Final = 0.6
"""Of the container's memory: rewriting the log copies what changes meanwhile."""
CACHE_SHARE: Final = 0.75
MASTER: Final = "broker"
"""What the sentinels call the server that is written to."""
QUORUM: Final = 2
DOWN_MILLISECONDS: Final = 5000
"""Silent for so long, a master is given up."""
FAILOVER_MILLISECONDS: Final = 10_000


def configuration(memory: str, share: float, policy: str, *, durable: bool) -> str:
    """Return a redis.conf; `maxmemory` is a share of what the container may use."""
    lines = {
        "port": str(REDIS),
        "bind": "*",
        # The network policies and a password are the door.
        "protected-mode": "no",
        "daemonize": "no",
        "dir": "/data",
        "save": '""',
        "appendonly": "yes" if durable else "no",
        "appendfsync": "everysec",
        "maxmemory": f"{int(mebibytes(memory) * share)}mb",
        "maxmemory-policy": policy,
        "tcp-keepalive": "60",
        # Hints about work that Postgres records: a master alone still takes them.
        "min-replicas-to-write": "0",
        "repl-diskless-sync": "yes",
        "repl-diskless-sync-delay": "0",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


LOCKED: Final = f"""\
password=$(cat {PASSWORD_AT}/{PASSWORD})
cp {CONFIGURATION_AT}/redis.conf {SCRATCH}/redis.conf
printf 'requirepass %s\\nmasterauth %s\\n' "$password" "$password" \\
  >> {SCRATCH}/redis.conf
"""
"""A password on a command line is seen by everybody on the node."""

START_ALONE: Final = f"""\
set -eu
{LOCKED}exec redis-server {SCRATCH}/redis.conf
"""

ASK: Final = f"""\
set -eu
REDISCLI_AUTH=$(cat {PASSWORD_AT}/{PASSWORD})
export REDISCLI_AUTH
"""
READY: Final = f"""\
{ASK}redis-cli ping | grep -q PONG
"""


def broker_files(members: str, count: int, memory: str) -> dict[str, str]:
    """The files of a broker pod; `members` is the domain that their names lie in."""
    return {
        "redis.conf": configuration(memory, BROKER_SHARE, "noeviction", durable=True),
        "master.sh": finding_the_master(members, count),
        "redis.sh": START_MEMBER,
        "sentinel.sh": START_SENTINEL,
        "leave.sh": LEAVE,
        "ready.sh": READY,
    }


def cache_files(memory: str) -> dict[str, str]:
    """The files of the cache, which writes nothing to disk."""
    return {
        "redis.conf": configuration(memory, CACHE_SHARE, "allkeys-lru", durable=False),
        "redis.sh": START_ALONE,
        "ready.sh": READY,
    }


def finding_the_master(members: str, count: int) -> str:
    """A sourced script that sets `me` and `master`, names that outlive addresses.

    The sentinels know; where none of them answers, the first member begins.
    """
    numbers = " ".join(str(number) for number in range(count))
    return f"""\
members={members}
me="$HOSTNAME.$members"
master=
for number in {numbers}; do
  found=$(timeout 2 redis-cli -h "{MASTER}-$number.$members" -p {SENTINEL} \\
    sentinel get-master-addr-by-name {MASTER} 2>/dev/null | head -n 1) || found=
  case "$found" in *".$members") master=$found; break ;; esac
done
master=${{master:-{MASTER}-0.$members}}
"""


START_MEMBER: Final = f"""\
set -eu
. {CONFIGURATION_AT}/master.sh
{LOCKED}echo "replica-announce-ip $me" >> {SCRATCH}/redis.conf
if [ "$master" != "$me" ]; then
  echo "replicaof $master {REDIS}" >> {SCRATCH}/redis.conf
fi
exec redis-server {SCRATCH}/redis.conf
"""

START_SENTINEL: Final = f"""\
set -eu
. {CONFIGURATION_AT}/master.sh
# A sentinel that cannot resolve its master gives up at once.
until getent hosts "$master" > /dev/null; do sleep 1; done
# The same identity after a restart: else the others count one voter more each time.
identity=$(printf %s "$me" | sha1sum | cut -c 1-40)
umask 077
cat > {SCRATCH}/sentinel.conf << END
port {SENTINEL}
dir {SCRATCH}
protected-mode no
sentinel myid $identity
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $me
sentinel monitor {MASTER} $master {REDIS} {QUORUM}
sentinel auth-pass {MASTER} $(cat {PASSWORD_AT}/{PASSWORD})
sentinel down-after-milliseconds {MASTER} {DOWN_MILLISECONDS}
sentinel failover-timeout {MASTER} {FAILOVER_MILLISECONDS}
sentinel parallel-syncs {MASTER} 1
END
exec redis-server {SCRATCH}/sentinel.conf --sentinel
"""

LEAVE: Final = f"""\
{ASK}redis-cli info replication | grep -q role:master || exit 0
# An orderly handover takes a second; being found dead takes five.
unset REDISCLI_AUTH
redis-cli -p {SENTINEL} sentinel failover {MASTER} || exit 0
sleep 3
"""
