"""The steps of the capacity suite: rate against latency, with the knee."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from matplotlib.axes import Axes

from exchange.chart import FAULT, INK, LINE, MET, MUTED, Chart
from exchange.outcomes import Outcome
from targets import Targets
from targets.verdict import Verdict
from verify.figures import write_rate, write_seconds
from verify.report.markup import sign, table

_SOURCE = "load:capacity"
_NAN = float("nan")
_HEAD = [
    ("Offered", "number"),
    ("Achieved", "number"),
    ("p95", "number"),
    ("Cores of the instance", "number"),
    ("Held", ""),
]

Step = Mapping[str, Any]


def draw_capacity(outcomes: Sequence[Outcome], targets: Targets) -> str:
    """Draw the steps as a chart and a table, or a sentence when none were run."""
    steps: list[Step] = []
    knee = ""
    for outcome in outcomes:
        if outcome.source == _SOURCE:
            steps = list(outcome.facts.get("steps", ()))
            knee = str(outcome.facts.get("knee", ""))
    if not steps:
        return "<p>No climb was part of this run.</p>"
    rows = [_draw_row(step) for step in steps]
    return (
        f"<figure>{_plot(steps, targets)}"
        f"<figcaption>{escape(knee)}</figcaption></figure>{table(_HEAD, rows)}"
    )


def find_knee(steps: Sequence[Step]) -> float | None:
    """Return the highest offered rate that met all targets; None without one."""
    held = [float(step["offered_per_second"]) for step in steps if step["held"]]
    return max(held, default=None)


def _plot(steps: Sequence[Step], targets: Targets) -> str:
    chart = Chart(2.4, 1.5)
    upper, lower = chart.panels
    offered = [float(step["offered_per_second"]) for step in steps]
    p95s = [_read(step, "p95_seconds") for step in steps]
    achieved = [_read(step, "achieved_per_second") for step in steps]
    upper.plot(offered, p95s, color=LINE, linewidth=1.3)
    lower.plot(offered, offered, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    lower.plot(offered, achieved, color=LINE, linewidth=1.3)
    for panel, values in ((upper, p95s), (lower, achieved)):
        _mark(panel, steps, offered, values)
    _draw_lines(chart, steps, targets)
    _label(chart, [value for value in p95s if value == value], targets)  # noqa: PLR0124 - not a number is not itself
    return chart.render("p95 and achieved rate by offered rate")


def _mark(
    panel: Axes, steps: Sequence[Step], offered: list[float], values: list[float]
) -> None:
    """Mark each step: a dot if all targets were met, else a cross."""
    for held, marker, colour in ((True, "o", MET), (False, "X", FAULT)):
        chosen = [n for n, step in enumerate(steps) if bool(step["held"]) is held]
        panel.plot(
            [offered[n] for n in chosen],
            [values[n] for n in chosen],
            linestyle="none",
            marker=marker,
            markersize=7,
            color=colour,
        )


def _draw_lines(chart: Chart, steps: Sequence[Step], targets: Targets) -> None:
    upper = chart.panels[0]
    limit = targets.slo["latency"].value
    upper.axhline(limit, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    upper.annotate(
        "promised p95",
        (0, limit),
        xycoords=("axes fraction", "data"),
        xytext=(4, 4),
        textcoords="offset points",
        color=INK,
    )
    lines = {"promised": (targets.capacity["api"].value, INK)}
    if (knee := find_knee(steps)) is not None:
        lines["knee"] = (knee, MET)
    for number, (name, (rate, colour)) in enumerate(lines.items()):
        for panel in chart.panels:
            panel.axvline(rate, color=colour, linewidth=1, linestyle=(0, (3, 2)))
        upper.annotate(
            name,
            (rate, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2 + 11 * number),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=colour,
        )


def _label(chart: Chart, seen: Sequence[float], targets: Targets) -> None:
    upper, lower = chart.panels
    limit = targets.slo["latency"].value
    top = max([limit, *seen]) * 1.6
    upper.set_yscale("log")
    upper.set_ylim(min([limit, *seen]) / 1.6, top)
    marks = [s for s in (0.001, 0.01, 0.1, 1.0, 10.0) if min(seen, default=1) / 2 < s]
    upper.set_yticks(
        [mark for mark in marks if mark < top],
        [write_seconds(mark) for mark in marks if mark < top],
    )
    upper.minorticks_off()
    upper.set_title(
        "p95 latency: held (dot), broken or not decided (cross)",
        loc="left",
        color=MUTED,
        fontsize=10,
        pad=28,
    )
    lower.set_title(
        "achieved, of what was offered (dotted)", loc="left", color=MUTED, fontsize=10
    )
    lower.set_ylim(bottom=0)
    lower.set_xlabel("requests a second offered")


def _draw_row(step: Step) -> str:
    held = Verdict.MET if step["held"] else Verdict.MISSED
    because = str(step.get("because") or "")
    answer = sign(held) if step["held"] else f"✗ {escape(because)}"
    p95 = step.get("p95_seconds")
    cores = step.get("instance_cores")
    cells = (
        write_rate(float(step["offered_per_second"])),
        write_rate(float(step["achieved_per_second"])),
        "—" if p95 is None else write_seconds(float(p95)),
        "—" if cores is None else f"{float(cores):.2f}",
    )
    numbers = "".join(f'<td class="number">{cell}</td>' for cell in cells)
    return f"<tr>{numbers}<td>{answer}</td></tr>"


def _read(step: Step, name: str) -> float:
    value = step.get(name)
    return _NAN if value is None else float(value)
