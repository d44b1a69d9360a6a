"""The state of the database cluster, as Patroni reports it."""

import msgspec
from msgspec import Struct

from local.probe_client import Unanswered, get

ASK_SECONDS = 1.0
ROLES = {
    "leader": "leader",
    "sync_standby": "synchronous",
    "quorum_standby": "synchronous",
    "replica": "replica",
    "standby_leader": "leader",
}
LEADING = "running"
FOLLOWING = "streaming"


class Reported(Struct, frozen=True):
    """One member as Patroni reports it (REST API, GET /cluster)."""

    name: str
    role: str
    state: str
    lag: int | str = 0


class Cluster(Struct, frozen=True):
    """All members as Patroni reports them."""

    members: tuple[Reported, ...] = ()


class Member(Struct, frozen=True):
    """One database: its role, whether it serves, and its lag."""

    name: str
    role: str
    state: str
    lag_bytes: int | None

    @property
    def serves(self) -> bool:
        """Tell whether this leader runs, or this standby streams."""
        return self.state == (LEADING if self.role == "leader" else FOLLOWING)


def read_members(patronis: list[str]) -> dict[str, Member]:
    """Return the members from the first Patroni that answers; empty when none does."""
    for patroni in patronis:
        try:
            answer = get(f"{patroni}/cluster", timeout_seconds=ASK_SECONDS)
            cluster = msgspec.json.decode(answer.body, type=Cluster)
        except (Unanswered, msgspec.DecodeError):
            continue
        return {reported.name: understand(reported) for reported in cluster.members}
    return {}


def understand(reported: Reported) -> Member:
    """Convert Patroni's report of a member."""
    role = ROLES.get(reported.role, reported.role)
    behind = reported.lag if isinstance(reported.lag, int) else None
    lag = 0 if role == "leader" else behind
    return Member(reported.name, role, reported.state, lag)


def takes_writes(members: dict[str, Member], *, asynchronous: bool) -> bool:
    """Tell whether a commit can be acknowledged."""
    roles = {member.role for member in members.values() if member.serves}
    return "leader" in roles and (asynchronous or "synchronous" in roles)
