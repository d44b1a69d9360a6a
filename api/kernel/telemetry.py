"""Every metric of the API and the workers, declared once.

Histogram edges come from the targets, so that each limit can be judged exactly.
One process an instance: no multiprocess mode, hence process metrics and exemplars.
"""

from prometheus_client import Counter, Gauge, Histogram, start_http_server

import targets
from api.settings import Address

HTTP_DURATION = Histogram(
    "holdfast_http_request_duration_seconds",
    "Time from the first byte of a request to the last byte of its answer.",
    ["route", "method", "status"],
    buckets=targets.edges("http"),
)
HTTP_IN_FLIGHT = Gauge(
    "holdfast_http_requests_in_flight",
    "Requests that are being answered right now.",
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
    "holdfast_outbox_unpublished", "Due jobs that the broker was not yet told of."
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
    """Requests of this process that are being answered: a plain number, so that no
    request pays for a lock; it is read when somebody asks.
    """

    def __init__(self) -> None:
        self.requests = 0


IN_FLIGHT = InFlight()
HTTP_IN_FLIGHT.set_function(lambda: IN_FLIGHT.requests)

DB_SIMPLE = DB_DURATION.labels("simple")
DB_COMPLEX = DB_DURATION.labels("complex")


def serve_metrics(bind: Address) -> None:
    """Serve /metrics from a thread of its own, so that a busy loop still answers."""
    start_http_server(bind.port, addr=bind.host)
