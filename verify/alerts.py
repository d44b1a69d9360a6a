"""The alerts that were pending or firing during a run, read from Prometheus."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import httpx
from msgspec import Struct
from msgspec.structs import replace

from verify.prometheus import PrometheusSilent, ask_range

_STEP_SECONDS: Final = 2.0
_SEAM_SECONDS: Final = 6.0
_QUERY: Final = "max by (alertname, alertstate, instance) (ALERTS)"

State = Literal["pending", "firing"]


class AlertSpan(Struct, frozen=True):
    """One alert in one state from `began` to `ended`, in epoch seconds."""

    alert: str
    instance: str
    state: State
    began: float
    ended: float


def read_alerts(url: str | None, *, since: float, until: float) -> list[AlertSpan]:
    """Return every alert between the two moments; empty without a Prometheus."""
    if url is None or until <= since:
        return []
    try:
        found = ask_range(
            url, _QUERY, since=since, until=until, step_seconds=_STEP_SECONDS
        )
    except (httpx.HTTPError, PrometheusSilent):
        return []
    return sorted(
        (span for series in found for span in _find_spans(series)),
        key=lambda span: (span.began, span.alert),
    )


def merge_alerts(spans: Iterable[AlertSpan]) -> list[AlertSpan]:
    """Join the spans that were split at the boundary between two steps."""
    whole: list[AlertSpan] = []
    last: dict[tuple[str, str, str], int] = {}
    for span in sorted(spans, key=lambda span: span.began):
        key = (span.alert, span.instance, span.state)
        place = last.get(key)
        if place is not None and span.began - whole[place].ended <= _SEAM_SECONDS:
            ended = max(whole[place].ended, span.ended)
            whole[place] = replace(whole[place], ended=ended)
            continue
        last[key] = len(whole)
        whole.append(span)
    return whole


def _find_spans(series: dict[str, Any]) -> Iterator[AlertSpan]:
    """Group consecutive samples into spans."""
    labels = series["metric"]
    times = [float(at) for at, _ in series["values"]]
    began = before = times[0]
    for at in [*times[1:], float("inf")]:
        if at - before > _STEP_SECONDS * 1.5:
            yield AlertSpan(
                alert=labels["alertname"],
                instance=labels.get("instance", ""),
                state=labels["alertstate"],
                began=began,
                ended=before + _STEP_SECONDS,
            )
            began = at
        before = at
