"""A worker killed while it holds jobs."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psycopg

from chaos.environments.environment import Environment, FaultTarget, Row
from chaos.experiment import FaultRecord
from chaos.faults.kills import see_death
from chaos.probes.jobs import find_running
from chaos.timeline import now

_TRY_SECONDS = 30.0
_STILL_SECONDS = 0.03
_PAUSE_SECONDS = 0.05


@asynccontextmanager
async def worker_killed_holding_jobs(
    environment: Environment, name: str
) -> AsyncGenerator[FaultRecord]:
    """Freeze the worker while it holds running jobs, then kill it; thaw on failure.

    A worker that is never caught with a job is killed all the same, without evidence.
    """
    [fault_target] = await environment.find(name)
    async with environment.database() as database:
        try:
            jobs = await _catch(fault_target, database, name)
            death = await fault_target.kill()
        finally:
            fault_target.thaw()

        async def evidence() -> str | None:
            seen = await see_death(fault_target, death)
            if seen is None or not jobs:
                return None
            return f"the jobs it held were running when it died: {seen}"

        yield FaultRecord(
            at=death.at,
            over_at=death.gone_at,
            what=f"{name} was killed while it ran jobs ({len(jobs)})",
            evidence=evidence,
            jobs=jobs,
        )


async def _catch(
    fault_target: FaultTarget, database: psycopg.AsyncConnection[Row], worker: str
) -> tuple[str, ...]:
    """Freeze repeatedly until the worker holds jobs; return () if it never did."""
    deadline = now() + _TRY_SECONDS
    while now() < deadline:
        fault_target.freeze()
        # Data sent before the freeze, a commit perhaps, arrives in this time.
        await asyncio.sleep(_STILL_SECONDS)
        jobs = await find_running(database, worker)
        if jobs:
            return jobs
        fault_target.thaw()
        await asyncio.sleep(_PAUSE_SECONDS)
    return ()
