"""Alerts as bars on a time line: hollow while pending, filled while firing."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from exchange.chart import INVALID, MUTED
from verify.alerts import AlertSpan

_HEIGHT = 0.62


def list_alerts(
    spans: Sequence[AlertSpan], *, since: float, until: float
) -> list[AlertSpan]:
    """Return the alerts that were active between the two moments."""
    return [span for span in spans if span.ended >= since and span.began <= until]


def list_names(spans: Sequence[AlertSpan]) -> list[str]:
    """Return the name of each bar, in the order of their beginnings."""
    return list(dict.fromkeys(write_name(span) for span in spans))


def write_name(span: AlertSpan) -> str:
    """Return `WorkerDown worker-1`, without the prefix that all alerts share."""
    short = span.alert.removeprefix("Holdfast")
    return f"{short} {span.instance}".strip()


def plot_alerts(
    panel: Axes, spans: Sequence[AlertSpan], zero: float, *, unit_seconds: float = 1.0
) -> None:
    """Draw one lane per name, from the top; the x axis is time since `zero`."""
    names = list_names(spans)
    for span in spans:
        firing = span.state == "firing"
        panel.barh(
            names.index(write_name(span)),
            (span.ended - span.began) / unit_seconds,
            left=(span.began - zero) / unit_seconds,
            height=_HEIGHT,
            facecolor=INVALID if firing else "none",
            edgecolor=INVALID,
            linewidth=0.8,
        )
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(len(names) - 0.5, -0.5)
    panel.grid(visible=False)
    panel.set_title(
        "alerts: pending (hollow), firing (filled)",
        loc="left",
        color=MUTED,
        fontsize=10,
    )
