"""Series that several panels read, and the gain of a counter."""

from typing import Final

HTTP_DURATION: Final = "holdfast_http_request_duration_seconds"
API_ROUTES: Final = 'instance=~"$instance",route=~"$route"'
"""The API instances and routes that the reader chose."""
API_PROCESSES: Final = 'job="api",instance=~"$instance"'

JOB_DURATION: Final = "holdfast_job_duration_seconds"
JOB_WAIT: Final = "holdfast_job_wait_seconds"
WORKER_PROCESSES: Final = 'job="worker",instance=~"$instance"'

WINDOW: Final = "5m"


def http_quantile(share: str, by: str) -> str:
    """Return the query of a duration quantile of the chosen requests, by labels."""
    rate = f"rate({HTTP_DURATION}_bucket{{{API_ROUTES}}}[$__rate_interval])"
    return f"histogram_quantile({share}, sum by ({by}) ({rate}))"


def gained(selector: str, *, by: str) -> str:
    """Return how much a counter gained in five minutes, its first increment included.

    A series that is born at one never rises, so increase() misses the first error of
    a kind; here a series that was absent five minutes ago counts as zero. A restarted
    process counts from zero as well: then the gain is too low, never negative.
    """
    now = f"sum by ({by}) ({selector})"
    before = f"sum by ({by}) ({selector} offset {WINDOW})"
    return f"clamp_min({now} - ({before} or 0 * {now}), 0)"
