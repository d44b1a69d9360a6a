"""Configuration files and start scripts of broker and cache."""

from typing import Final

from infra.ports import REDIS, SENTINEL
from infra.quantities import mebibytes

CONFIGURATION_AT: Final = "/etc/redis"
PASSWORD_AT: Final = "/run/secrets/redis"  # noqa: S105 a folder
PASSWORD: Final = "password"  # noqa: S105 a file's name
SCRATCH: Final = "/tmp"  # noqa: S108 the root is read-only

BROKER_SHARE: Final = 0.6
"""`maxmemory` as a share of the container's: an AOF rewrite copies changed pages."""
CACHE_SHARE: Final = 0.75
MASTER: Final = "broker"
"""Name of the monitored master in Sentinel, and of the StatefulSet."""
QUORUM: Final = 2
DOWN_MILLISECONDS: Final = 5000
"""A master that does not answer for this long is failed over."""
FAILOVER_MILLISECONDS: Final = 10_000


def configuration(memory: str, share: float, policy: str, *, durable: bool) -> str:
    """Return a redis.conf; `maxmemory` is a share of what the container may use."""
    lines = {
        "port": str(REDIS),
        "bind": "*",
        # Network policies and a password restrict access.
        "protected-mode": "no",
        "daemonize": "no",
        "dir": "/data",
        "save": '""',
        "appendonly": "yes" if durable else "no",
        "appendfsync": "everysec",
        "maxmemory": f"{int(mebibytes(memory) * share)}mb",
        "maxmemory-policy": policy,
        "tcp-keepalive": "60",
        # The queue holds ids of jobs in Postgres: a master without replicas may write.
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
"""The password goes into a file: every user of the node sees command lines."""

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
    """Return the files of a broker pod; `members` is the domain of its members."""
    return {
        "redis.conf": configuration(memory, BROKER_SHARE, "noeviction", durable=True),
        "master.sh": master_lookup(members, count),
        "redis.sh": START_MEMBER,
        "sentinel.sh": START_SENTINEL,
        "leave.sh": LEAVE,
        "ready.sh": READY,
    }


def cache_files(memory: str) -> dict[str, str]:
    """Return the files of the cache, which has no persistence."""
    return {
        "redis.conf": configuration(memory, CACHE_SHARE, "allkeys-lru", durable=False),
        "redis.sh": START_ALONE,
        "ready.sh": READY,
    }


def master_lookup(members: str, count: int) -> str:
    """Return a script that sets `me` and `master` to stable host names.

    It asks the sentinels; if none of them answers, the first member is the master.
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
# A sentinel that cannot resolve its master exits.
until getent hosts "$master" > /dev/null; do sleep 1; done
# The same id after a restart, or the others would count another voter each time.
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
# An orderly failover takes a second; detection of a dead master takes five.
unset REDISCLI_AUTH
redis-cli -p {SENTINEL} sentinel failover {MASTER} || exit 0
sleep 3
"""
