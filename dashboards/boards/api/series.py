"""What the panels of the API select: the chosen instances and routes."""

from typing import Final

DURATION: Final = "holdfast_http_request_duration_seconds"
CHOSEN: Final = 'instance=~"$instance",route=~"$route"'
HERE: Final = 'job="api",instance=~"$instance"'


def quantile(share: str, by: str) -> str:
    """The duration that `share` of the chosen requests kept within, by labels."""
    rate = f"rate({DURATION}_bucket{{{CHOSEN}}}[$__rate_interval])"
    return f"histogram_quantile({share}, sum by ({by}) ({rate}))"
