"""Prometheus metrics of the API and the workers, all declared here.

Histogram buckets come from the targets, so each target is judged at an exact bucket
edge. Each instance is one process: no multiprocess mode, so process metrics and
exemplars work.
"""

from functools import partial

from prometheus_client import Counter, Gauge, Histogram, start_http_server

import targets
from api.kernel.pools import BoundedPool
from api.settings import Address

HTTP_DURATION = Histogram(
    "holdfast_http_request_duration_seconds",
    "Time from the first byte of a request to the last byte of its response.",
    ["route", "method", "status"],
    buckets=targets.edges("http"),
)
HTTP_IN_FLIGHT = Gauge(
    "holdfast_http_requests_in_flight",
    "Requests in progress.",
)
DB_DURATION = Histogram(
    "holdfast_db_query_duration_seconds",
    "Time of one query, by its class: simple (by key) or complex.",
    ["class"],
    buckets=targets.edges("db"),
)
DB_CONNECTIONS = Gauge(
    "holdfast_db_pool_connections",
    "Connections of a pool, by state: lent, idle, max.",
    ["pool", "state"],
)
JOB_DURATION = Histogram(
    "holdfast_job_duration_seconds",
    "Time of one attempt of a job, by how it ended: done, retried, dead.",
    ["actor", "outcome"],
    buckets=targets.edges("job"),
)
JOB_WAIT = Histogram(
    "holdfast_job_wait_seconds",
    "Time from when a job was due to when a worker claimed it.",
    ["queue"],
    buckets=targets.edges("wait"),
)
JOBS_WAITING = Gauge("holdfast_jobs_waiting", "Jobs that are due.", ["queue"])
JOB_OLDEST = Gauge(
    "holdfast_job_oldest_seconds", "Age of the oldest job that is due.", ["queue"]
)
OUTBOX_UNPUBLISHED = Gauge(
    "holdfast_outbox_unpublished", "Due jobs that are not yet published to the broker."
)
REPLICATION_LAG = Gauge(
    "holdfast_replication_lag_seconds", "Replay lag of a member.", ["member"]
)
CACHE_REQUESTS = Counter(
    "holdfast_cache_requests",
    "Look-ups by result: hit, miss, bypass (the cache was away).",
    ["cache", "result"],
)
EVENTS_INGESTED = Counter(
    "holdfast_events_ingested",
    "Events by status: accepted, duplicate, rejected.",
    ["status"],
)


class InFlight:
    """Number of requests in progress: a plain integer, read when Prometheus scrapes.

    A Gauge would take a lock in every request.
    """

    def __init__(self) -> None:
        self.requests = 0


IN_FLIGHT = InFlight()
HTTP_IN_FLIGHT.set_function(lambda: IN_FLIGHT.requests)

DB_SIMPLE = DB_DURATION.labels("simple")
DB_COMPLEX = DB_DURATION.labels("complex")


def serve_metrics(bind: Address) -> None:
    """Serve /metrics from its own thread, independent of a busy event loop."""
    start_http_server(bind.port, addr=bind.host)


def export_pool(pool: BoundedPool) -> None:
    """Export the pool's connection counts, read when Prometheus scrapes."""
    for place, state in enumerate(("lent", "idle")):
        gauge = DB_CONNECTIONS.labels(pool.source, state)
        gauge.set_function(partial(_occupancy, pool, place))
    DB_CONNECTIONS.labels(pool.source, "max").set(pool.size)


def _occupancy(pool: BoundedPool, place: int) -> float:
    return pool.occupancy()[place]
