"""The job table, read as the monitoring role."""

import asyncio
from collections.abc import Sequence

import psycopg

from chaos.environments.environment import Environment, Row
from chaos.timeline import now

_POLL_SECONDS = 0.2
_RUNNING = """
    SELECT id::text FROM jobs
    WHERE state = 'running' AND split_part(worker, ':', 1) = %(name)s
"""
_UNFINISHED = """
    SELECT count(*) AS jobs FROM jobs
    WHERE id::text = ANY(%(ids)s) AND state NOT IN ('done', 'dead')
"""
_PUBLISHED = """
    SELECT count(*) AS jobs FROM jobs
    WHERE organization_id = %(organization)s AND state = 'waiting'
      AND published_at IS NOT NULL
"""


async def find_running(
    database: psycopg.AsyncConnection[Row], worker: str
) -> tuple[str, ...]:
    """Return ids of the jobs that this worker has claimed and not finished."""
    rows = await (await database.execute(_RUNNING, {"name": worker})).fetchall()
    return tuple(row["id"] for row in rows)


async def wait_until_finished(
    environment: Environment, jobs: Sequence[str], *, until: float
) -> float | None:
    """Return the time by which all these jobs were done or dead; None if too late."""
    async with environment.database() as database:
        while now() < until:
            found = await database.execute(_UNFINISHED, {"ids": list(jobs)})
            if await _count(found) == 0:
                return now()
            await asyncio.sleep(_POLL_SECONDS)
    return None


async def wait_until_published(
    environment: Environment, organization: str, jobs: int, *, until: float
) -> int:
    """Return the number of waiting jobs that the broker has, once enough."""
    async with environment.database() as database:
        while True:
            known = {"organization": organization}
            published = await _count(await database.execute(_PUBLISHED, known))
            if published >= jobs or now() >= until:
                return published
            await asyncio.sleep(_POLL_SECONDS)


async def _count(found: psycopg.AsyncCursor[Row]) -> int:
    row = await found.fetchone()
    return int(row["jobs"]) if row else 0
