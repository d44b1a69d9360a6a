"""What Argo Rollouts asks Prometheus about a canary, and which answers let it go on."""

from typing import Any, Final

from infra.release import Release

RELEASE: Final = "release"
"""The label that Prometheus keeps of an API pod: the hash of its release."""
COUNT: Final = "holdfast_http_request_duration_seconds_count"
BUCKET: Final = "holdfast_http_request_duration_seconds_bucket"
ROUTES: Final = 'route=~"/api/v1/.+|unmatched"'
"""Health pages tell nothing; what failed before a route was found is `unmatched`."""
OURS: Final = 'status=~"5.."'
LOOKS: Final = 10
"""How often a hold is looked at, where each look is worth several scrapes."""
LOOK_SECONDS: Final = 10

ONE_NUMBER: Final = "len(result) == 1 && !isNaN(result[0])"
"""No series, or no request to divide by, is never a success."""


def analysis_of(release: Release, prometheus: str) -> dict[str, Any]:
    """The spec of an AnalysisTemplate that lasts as long as the hold of one step.

    Without any request to judge by, a release is taken back: half of the looks may
    be empty, so that traffic has time to find the canary.
    """
    looks = max(2, min(LOOKS, release.hold_seconds // LOOK_SECONDS))
    every = f"{release.hold_seconds // looks}s"
    often = {"interval": every, "initialDelay": every, "count": looks}
    share, slow = release.error_share, release.slow_share
    seen = {
        **often,
        "name": "requests",
        "successCondition": f"{ONE_NUMBER} && result[0] > 0",
        "failureLimit": looks // 2,
        "provider": _ask(prometheus, requests_query(release)),
    }
    errors = {
        **often,
        "name": "errors",
        "successCondition": f"{ONE_NUMBER} && result[0] < {share}",
        "failureCondition": f"{ONE_NUMBER} && result[0] >= {share}",
        "failureLimit": 0,
        # Empty looks are counted by `requests`, which ends the run before this does.
        "inconclusiveLimit": looks - 1,
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
    return {"args": [{"name": RELEASE}], "metrics": [seen, errors, latency]}


def requests_query(release: Release) -> str:
    """How many requests the canary answered during the last hold."""
    return _counted(COUNT, ROUTES, release)


def errors_query(release: Release) -> str:
    """The share of them that failed through us: no answer when there were none."""
    failed = _counted(COUNT, f"{ROUTES},{OURS}", release)
    total = requests_query(release)
    return f"({failed} or 0 * {total}) / {total}"


def slow_query(release: Release) -> str:
    """The share of them that were not good within the promised time."""
    edge = f'le="{float(release.slow_seconds)}"'
    good = _counted(BUCKET, f'{ROUTES},status!~"5..",{edge}', release)
    total = requests_query(release)
    return f"1 - ({good} or 0 * {total}) / {total}"


def _counted(metric: str, chosen: str, release: Release) -> str:
    # A rate is blind to the first value of a new series, and every series of a
    # canary is new: what there is now, less what there was, counts it.
    canary = f'{RELEASE}="{{{{args.{RELEASE}}}}}"'
    series = f'{metric}{{job="api",{canary},{chosen}}}'
    before = f"{series} offset {release.hold_seconds}s"
    return f"sum(clamp_min({series} - ({before} or 0 * {series}), 0))"


def _ask(prometheus: str, query: str) -> dict[str, Any]:
    return {"prometheus": {"address": prometheus, "query": query}}
