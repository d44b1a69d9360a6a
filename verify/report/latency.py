"""Latency over the whole run, with the time of every fault."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from itertools import pairwise

from msgspec import Struct

from exchange.chart import FAULT, INK, LINE, MUTED, Chart
from exchange.outcomes import Outcome, Point
from verify.alerts import AlertSpan
from verify.budget import find_fault, find_width
from verify.figures import write_seconds
from verify.report.alerting import list_names, plot_alerts

_NAN = float("nan")
_BREAK_WIDTHS = 3
_ROOM = 1.15
_LANE_INCHES = 0.22
_TITLE_INCHES = 0.35


class Window(Struct, frozen=True):
    """The time from a fault to recovery, in epoch seconds."""

    number: int
    title: str
    began: float
    ended: float


def draw_latency(
    outcomes: Sequence[Outcome],
    limit_seconds: float,
    alerts: Sequence[AlertSpan] = (),
) -> str:
    """Draw the client's p95 and the failures per second over the run."""
    kept = sorted(
        (outcome for outcome in outcomes if outcome.series),
        key=lambda outcome: outcome.series[0].at,
    )
    if not kept:
        return "<p>No suite and no experiment kept a series.</p>"
    zero = kept[0].series[0].at
    fired = [span for span in alerts if span.state == "firing"]
    lanes = [_LANE_INCHES * len(list_names(fired)) + _TITLE_INCHES] if fired else []
    chart = Chart(2.9, 1.1, *lanes)
    upper = chart.panels[0]
    for outcome in kept:
        _plot_series(chart, outcome.series, zero)
        if outcome.kind == "load":
            _name_suite(chart, outcome, zero)
    windows = find_windows(kept)
    for window in windows:
        for panel in chart.panels:
            panel.axvspan(
                (window.began - zero) / 60,
                (window.ended - zero) / 60,
                color=FAULT,
                alpha=0.14,
                linewidth=0,
            )
        middle = (window.began + window.ended) / 2
        upper.annotate(
            str(window.number),
            ((middle - zero) / 60, 1.0),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="bottom",
            color=FAULT,
            fontweight="bold",
        )
    upper.axhline(limit_seconds, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    upper.annotate(
        "promised p95",
        (1, limit_seconds),
        xycoords=("axes fraction", "data"),
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        color=INK,
    )
    if fired:
        plot_alerts(chart.panels[2], fired, zero, unit_seconds=60)
    _label(chart, kept, limit_seconds)
    names = "".join(f"<li>{escape(window.title)}</li>" for window in windows)
    listed = f"<ol>{names}</ol>" if names else ""
    return (
        f"<figure>{chart.render('p95 latency and failures over the run')}"
        f"<figcaption>Shaded and numbered: from a fault until the platform is whole."
        f"{listed}</figcaption></figure>"
    )


def find_windows(outcomes: Sequence[Outcome]) -> list[Window]:
    """Return one window per outcome with a fault, numbered in order of time."""
    found: list[Window] = []
    for outcome in outcomes:
        began = find_fault(outcome)
        if began is None:
            continue
        back = [m.at for m in outcome.timeline if m.kind == "recovered"]
        undone = [m.at for m in outcome.timeline if m.kind == "undone"]
        last = datetime.fromisoformat(outcome.ended).timestamp()
        ended = min([at for at in back or undone if at >= began], default=last)
        found.append(Window(len(found) + 1, outcome.title, began, ended))
    return found


def _name_suite(chart: Chart, outcome: Outcome, zero: float) -> None:
    chart.panels[0].annotate(
        outcome.name,
        ((outcome.series[0].at - zero) / 60, 1.0),
        xycoords=("data", "axes fraction"),
        ha="left",
        va="bottom",
        color=MUTED,
    )


def _plot_series(chart: Chart, series: Sequence[Point], zero: float) -> None:
    upper, lower = chart.panels[:2]
    width = find_width(list(series))
    times, p95s = [], []
    for before, point in pairwise([series[0], *series]):
        if point.at - before.at > _BREAK_WIDTHS * width:
            times.append((before.at + width - zero) / 60)
            p95s.append(_NAN)
        times.append((point.at - zero) / 60)
        p95s.append(_NAN if point.p95 is None else point.p95)
    upper.plot(times, p95s, color=LINE, linewidth=1.3)
    failed = [point for point in series if point.failed]
    lower.bar(
        [(point.at - zero) / 60 for point in failed],
        [point.failed / width for point in failed],
        width=width / 60,
        align="edge",
        color=FAULT,
    )


def _label(chart: Chart, outcomes: Sequence[Outcome], limit_seconds: float) -> None:
    upper, lower = chart.panels[:2]
    seen = [p.p95 for o in outcomes for p in o.series if p.p95 is not None]
    top = max([limit_seconds * 2, *seen]) * _ROOM
    upper.set_yscale("log")
    upper.set_ylim(max(min([limit_seconds, *seen]) / 1.5, 1e-4), top)
    marks = [s for s in (0.001, 0.01, 0.1, 1.0, 10.0) if s <= top]
    upper.set_yticks(marks, [write_seconds(mark) for mark in marks])
    upper.minorticks_off()
    upper.set_title("p95 latency", loc="left", color=MUTED, fontsize=10, pad=16)
    lower.set_title("failed requests a second", loc="left", color=MUTED, fontsize=10)
    lower.set_ylim(bottom=0)
    chart.panels[-1].set_xlabel("minutes since the first request")
