"""AnalysisTemplate: Prometheus queries that continue or roll back a canary."""

from typing import Any, Final

from infra.release import Release

RELEASE: Final = "release"
"""Label of an API pod's metrics: the hash of its release."""
COUNT: Final = "holdfast_http_request_duration_seconds_count"
BUCKET: Final = "holdfast_http_request_duration_seconds_bucket"
ROUTES: Final = 'route=~"/api/v1/.+|unmatched"'
"""The API's routes, and requests that failed before routing; not the health pages."""
SERVER_ERRORS: Final = 'status=~"5.."'
MEASUREMENTS: Final = 10
"""Measurements in one hold, if each then spans several scrapes."""
MEASUREMENT_SECONDS: Final = 10

ONE_NUMBER: Final = "len(result) == 1 && !isNaN(result[0])"
"""An empty result or NaN (no requests) is never a success."""


def analysis_of(release: Release, prometheus: str) -> dict[str, Any]:
    """Return the spec of an AnalysisTemplate that lasts for the hold of one step.

    Without requests a release is rolled back: half of the measurements may be empty, so
    that traffic has time to reach the canary.
    """
    count = max(2, min(MEASUREMENTS, release.hold_seconds // MEASUREMENT_SECONDS))
    interval = f"{release.hold_seconds // count}s"
    schedule = {"interval": interval, "initialDelay": interval, "count": count}
    share, slow = release.error_share, release.slow_share
    requests = {
        **schedule,
        "name": "requests",
        "successCondition": f"{ONE_NUMBER} && result[0] > 0",
        "failureLimit": count // 2,
        "provider": _ask(prometheus, requests_query(release)),
    }
    errors = {
        **schedule,
        "name": "errors",
        "successCondition": f"{ONE_NUMBER} && result[0] < {share}",
        "failureCondition": f"{ONE_NUMBER} && result[0] >= {share}",
        "failureLimit": 0,
        # `requests` counts empty measurements and ends the run before this limit does.
        "inconclusiveLimit": count - 1,
        "provider": _ask(prometheus, errors_query(release)),
    }
    latency = {
        "name": "latency",
        "initialDelay": f"{release.hold_seconds}s",
        "count": 1,
        "successCondition": f"{ONE_NUMBER} && result[0] <= {slow}",
        "failureLimit": 0,
        "provider": _ask(prometheus, slow_query(release)),
    }
    return {"args": [{"name": RELEASE}], "metrics": [requests, errors, latency]}


def requests_query(release: Release) -> str:
    """Return the query of the canary's requests during the last hold."""
    return _increase(COUNT, ROUTES, release)


def errors_query(release: Release) -> str:
    """Return the query of the share of server errors: NaN without requests."""
    failed = _increase(COUNT, f"{ROUTES},{SERVER_ERRORS}", release)
    total = requests_query(release)
    return f"({failed} or 0 * {total}) / {total}"


def slow_query(release: Release) -> str:
    """Return the query of the share of requests that failed or were too slow."""
    edge = f'le="{float(release.slow_seconds)}"'
    good = _increase(BUCKET, f'{ROUTES},status!~"5..",{edge}', release)
    total = requests_query(release)
    return f"1 - ({good} or 0 * {total}) / {total}"


def _increase(metric: str, selector: str, release: Release) -> str:
    # rate() ignores the first value of a new series, and every series of a canary is
    # new. The present value minus the value a hold ago includes it.
    canary = f'{RELEASE}="{{{{args.{RELEASE}}}}}"'
    series = f'{metric}{{job="api",{canary},{selector}}}'
    before = f"{series} offset {release.hold_seconds}s"
    return f"sum(clamp_min({series} - ({before} or 0 * {series}), 0))"


def _ask(prometheus: str, query: str) -> dict[str, Any]:
    return {"prometheus": {"address": prometheus, "query": query}}
