"""How full the pools are, read when somebody scrapes and not on every request."""

from functools import partial

from api.kernel.database import Database
from api.kernel.pools import BoundedPool
from api.kernel.telemetry import DB_CONNECTIONS


def watch_pools(database: Database) -> None:
    """Let each pool's gauges ask the pool itself."""
    for pool in (database.primary, database.replica):
        if pool is not None:
            _watch(pool)


def _watch(pool: BoundedPool) -> None:
    for place, state in enumerate(("lent", "idle")):
        gauge = DB_CONNECTIONS.labels(pool.source, state)
        gauge.set_function(partial(_occupancy, pool, place))
    DB_CONNECTIONS.labels(pool.source, "max").set(pool.size)


def _occupancy(pool: BoundedPool, place: int) -> float:
    return pool.occupancy()[place]
