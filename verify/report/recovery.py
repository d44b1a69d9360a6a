"""One chart per experiment: the answers around the fault, and the events."""

from collections.abc import Sequence
from html import escape

from exchange.chart import FAULT, INK, MET, MUTED, Chart
from exchange.outcomes import Moment, Outcome
from verify.alerts import AlertSpan
from verify.budget import find_fault, find_width
from verify.report.alerting import list_alerts, list_names, plot_alerts
from verify.report.markup import sign

_LEAD_SECONDS = 6.0
_TAIL_SECONDS = 4.0
_NEAR_SHARE = 0.03
_SPELLED = 2
_LANE_INCHES = 0.22
_TITLE_INCHES = 0.35


def draw_recoveries(
    outcomes: Sequence[Outcome], alerts: Sequence[AlertSpan] = ()
) -> str:
    """Draw every experiment and drill with its alerts."""
    faults = [outcome for outcome in outcomes if _hurts(outcome)]
    drawn = [_draw(outcome, alerts) for outcome in faults]
    if not drawn:
        return "<p>No experiment was part of this run.</p>"
    return f'<div class="experiments">{"".join(drawn)}</div>'


def _hurts(outcome: Outcome) -> bool:
    """Tell whether an outcome has a fault; many cluster outcomes have none."""
    if outcome.kind == "cluster":
        return find_fault(outcome) is not None
    return outcome.kind in {"chaos", "drill"}


def _write_title(outcome: Outcome) -> str:
    where = ", on Kubernetes" if outcome.kind == "cluster" else ""
    return escape(f"{outcome.title}{where}")


def _draw(outcome: Outcome, alerts: Sequence[AlertSpan]) -> str:
    struck = find_fault(outcome)
    picture = ""
    if struck is not None and outcome.series:
        picture = _plot(outcome, struck, alerts)
    zero = struck if struck is not None else 0.0
    moments = "".join(
        f"<li>{_write_offset(moment.at - zero)} {escape(moment.what)}</li>"
        for moment in outcome.timeline
        if struck is not None
    )
    why = "".join(f"<p>{escape(reason)}</p>" for reason in outcome.invalid_because)
    return (
        f"<figure><header><h3>{_write_title(outcome)}</h3>"
        f'<span class="answer">{sign(outcome.verdict)}</span></header>'
        f"{picture}<figcaption>{why}<ol>{moments}</ol></figcaption></figure>"
    )


def _plot(outcome: Outcome, struck: float, alerts: Sequence[AlertSpan]) -> str:
    last = max([moment.at for moment in outcome.timeline]) - struck + _TAIL_SECONDS
    stood = list_alerts(alerts, since=struck - _LEAD_SECONDS, until=struck + last)
    lanes = [_LANE_INCHES * len(list_names(stood)) + _TITLE_INCHES] if stood else []
    chart = Chart(1.9, *lanes)
    panel = chart.panels[0]
    width = find_width(outcome.series)
    shown = [p for p in outcome.series if -_LEAD_SECONDS <= p.at - struck <= last]
    times = [point.at - struck for point in shown]
    ok = [point.ok / width for point in shown]
    failed = [point.failed / width for point in shown]
    panel.bar(times, ok, width=width * 0.86, align="edge", color=MET, alpha=0.55)
    panel.bar(
        times,
        failed,
        width=width * 0.86,
        align="edge",
        bottom=ok,
        color=FAULT,
        hatch="////",
        edgecolor=INK,
        linewidth=0,
    )
    for label, at, kind in _group_moments(outcome, struck, last):
        colour = FAULT if kind == "fault" else INK
        panel.axvline(at, color=colour, linewidth=1, linestyle=(0, (3, 2)))
        panel.annotate(
            label,
            (at, 1.0),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="bottom",
            color=colour,
            fontsize=9,
        )
    panel.set_xlim(-_LEAD_SECONDS, last)
    if stood:
        plot_alerts(chart.panels[1], stood, struck)
    chart.panels[-1].set_xlabel("seconds since the fault")
    panel.set_title(
        "requests a second: answered, failed (hatched)",
        loc="left",
        color=MUTED,
        fontsize=10,
        pad=18,
    )
    return chart.render(f"Requests a second around the fault: {escape(outcome.title)}")


def _write_offset(seconds: float) -> str:
    return f"<b>{seconds:+.2f} s</b>"


def _group_moments(
    outcome: Outcome, struck: float, last: float
) -> list[tuple[str, float, str]]:
    """Return (numbers, seconds, kind); moments too near for two labels share one."""
    near = (last + _LEAD_SECONDS) * _NEAR_SHARE
    groups: list[list[tuple[int, Moment]]] = []
    for number, moment in enumerate(outcome.timeline, start=1):
        if not -_LEAD_SECONDS <= moment.at - struck <= last:
            continue
        if groups and moment.at - groups[-1][0][1].at < near:
            groups[-1].append((number, moment))
        else:
            groups.append([(number, moment)])
    return [
        (_write_numbers([number for number, _ in group]), first.at - struck, first.kind)
        for group in groups
        for _, first in group[:1]
    ]


def _write_numbers(numbers: list[int]) -> str:
    """Return `3`, `3 4` or `3-6`, so that labels do not overlap."""
    if len(numbers) <= _SPELLED:
        return " ".join(map(str, numbers))
    return f"{numbers[0]}-{numbers[-1]}"
