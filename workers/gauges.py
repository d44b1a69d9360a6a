"""Gauges of queue depth, queue age and replication lag, read with bounded queries."""

from asyncpg import Record

from api.kernel import database, metrics
from api.kernel.logs import logger
from api.kernel.messages import Message

log = logger(__name__)

#: The count stops here, so that a deep queue does not make the query expensive.
COUNT_LIMIT = 10_000

_QUEUES = """
WITH unpublished AS (
    SELECT queue, run_at, 1 AS unpublished FROM jobs
    WHERE state = 'waiting' AND published_at IS NULL AND run_at <= now()
    ORDER BY run_at LIMIT $1
), published AS (
    SELECT queue, run_at, 0 AS unpublished FROM jobs
    WHERE state = 'waiting' AND published_at IS NOT NULL
    ORDER BY published_at LIMIT $1
)
SELECT queue, count(*) AS waiting, sum(unpublished) AS unpublished,
    extract(epoch FROM now() - min(run_at))::float8 AS oldest_seconds
FROM (TABLE unpublished UNION ALL TABLE published) AS due GROUP BY queue
"""

# replay_lag is NULL while a standby is idle and stops growing when the standby hangs. A
# standby that is behind therefore lags at least since its last reply.
_MEMBERS = """
SELECT application_name AS member,
    CASE WHEN replay_lsn >= pg_current_wal_lsn() THEN 0.0
    ELSE extract(epoch FROM greatest(replay_lag, now() - reply_time, '0'::interval))
    END::float8 AS lag_seconds
FROM pg_stat_replication
"""


class Gauges:
    """Sets the gauges; a queue that was seen once reads zero when it is empty.

    The default queue is exported from the start: a series that appears only with the
    first job cannot be distinguished from a lost one.
    """

    def __init__(self) -> None:
        self.queues: set[str] = {Message.queue}

    async def measure_queues(self) -> None:
        """Set depth and age of every queue, and the number of unpublished due jobs."""
        rows = {row["queue"]: row for row in await _fetch(_QUEUES, COUNT_LIMIT)}
        self.queues |= rows.keys()
        for queue in self.queues:
            row = rows.get(queue)
            waiting, oldest = (row["waiting"], row["oldest_seconds"]) if row else (0, 0)
            metrics.JOBS_WAITING.labels(queue).set(waiting)
            metrics.JOB_OLDEST.labels(queue).set(max(oldest, 0))
        unpublished = sum(row["unpublished"] for row in rows.values())
        metrics.OUTBOX_UNPUBLISHED.set(unpublished)

    async def measure_replication(self) -> None:
        """Set the lag of every streaming standby. The role needs pg_monitor."""
        rows = await _fetch(_MEMBERS)
        metrics.REPLICATION_LAG.clear()
        for row in rows:
            if row["lag_seconds"] is None:
                log.error("replication_lag_hidden", reason="the role lacks pg_monitor")
                return
            metrics.REPLICATION_LAG.labels(row["member"]).set(row["lag_seconds"])


async def _fetch(statement: str, *arguments: object) -> list[Record]:
    async with database.handle().primary.acquire() as connection:
        rows: list[Record] = await connection.fetch(statement, *arguments)
        return rows
