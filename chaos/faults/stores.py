"""Redis servers that lose their data and then their process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import redis.exceptions

from chaos.environments.environment import Environment
from chaos.experiment import FaultRecord
from chaos.faults.kills import see_death
from chaos.timeline import now


@asynccontextmanager
async def wiped_and_killed(
    environment: Environment, name: str
) -> AsyncGenerator[FaultRecord]:
    """Empty `broker` or `cache`, then kill it and hold it down until undone."""
    [fault_target] = await environment.find(name)
    environment.hold(name)
    try:
        at = now()
        had, has = await wipe(environment, name)
        death = await fault_target.kill()

        async def evidence() -> str | None:
            seen = await see_death(fault_target, death)
            if seen is None or has or await _answers(environment, name):
                return None
            return f"{had} keys before, {has} after; {seen}; it refuses connections"

        yield FaultRecord(
            at=at,
            over_at=death.gone_at,
            what=f"{name} was wiped, killed and held down",
            evidence=evidence,
        )
    finally:
        environment.release(name)


async def wipe(environment: Environment, name: str) -> tuple[int, int]:
    """Empty the server; return its number of keys just before and just after."""
    async with (
        environment.redis(name) as server,
        server.pipeline(transaction=True) as together,
    ):
        together.dbsize()
        together.flushall()
        together.dbsize()
        had, _, has = await together.execute()
        return int(had), int(has)


async def _answers(environment: Environment, name: str) -> bool:
    async with environment.redis(name) as server:
        try:
            return bool(await server.ping())
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError):
            return False
