"""Platform health: everything healthy, streaming and synchronous."""

import asyncio

from chaos.environments.environment import Environment, Member
from chaos.timeline import now

_POLL_SECONDS = 0.5


def find_database_problems(members: list[Member]) -> list[str]:
    """Return the database's problems; none if one leader has a synchronous standby."""
    if not members:
        return ["no member of the database can say anything"]
    roles = [member.role for member in members]
    complaints = [f"{m.name} is not streaming" for m in members if not m.streaming]
    if roles.count("leader") != 1:
        complaints.append(f"{roles.count('leader')} leaders")
    if "synchronous" not in roles:
        complaints.append("no synchronous standby")
    return complaints


async def inspect(environment: Environment) -> list[str]:
    """Return all problems of the platform now; empty when it is healthy."""
    gaps = find_database_problems(await environment.members())
    if gaps:
        return gaps
    status = await environment.status()
    ill = [
        f"{n}: {p.state} {p.detail}"
        for n, p in status.processes.items()
        if not p.healthy
    ]
    if not ill and not status.ready:
        return ["the platform says that it is not ready"]
    return ill


async def wait_until_healthy(environment: Environment, *, until: float) -> list[str]:
    """Wait for a healthy platform; return the problems left at the end."""
    while True:
        wrong = await inspect(environment)
        if not wrong or now() >= until:
            return wrong
        await asyncio.sleep(_POLL_SECONDS)


async def find_leader(environment: Environment) -> str:
    """Return the name of the leader; raises LookupError when there is none."""
    for member in await environment.members():
        if member.role == "leader":
            return member.name
    raise LookupError("the database has no leader")
