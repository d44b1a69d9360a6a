"""What to fix first: missed targets by severity, then invalid runs."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from exchange.outcomes import Outcome
from targets.verdict import Verdict
from verify.report.markup import sign
from verify.scorecard import Line, Scorecard

_NARROW = 0.8
_MOST = 6


def draw_advice(
    scorecard: Scorecard, outcomes: Mapping[str, Outcome], machine: Mapping[str, Any]
) -> str:
    """Draw an ordered list; if all is met, list the targets nearest to their limit."""
    planned = [line for line in scorecard.lines if line.planned]
    wrong = [line for line in planned if line.verdict is Verdict.MISSED]
    wrong.sort(key=find_strain, reverse=True)
    items = [_draw_miss(line) for line in wrong]
    items += [
        _draw_item(Verdict.INVALID, source, "; ".join(outcome.invalid_because))
        for source, outcome in outcomes.items()
        if outcome.verdict is Verdict.INVALID
    ]
    items += [_draw_item(Verdict.INVALID, "the run", p) for p in scorecard.problems]
    if not items:
        items = [_draw_narrow(line) for line in find_narrow(planned)]
    if not items:
        return "<p>Nothing: every promise is kept with room to spare.</p>"
    return f'{_draw_caution(machine)}<ol class="fix">{"".join(items)}</ol>'


def find_strain(line: Line) -> float:
    """Return the used part of the limit: 1 is all of it, more is missed.

    For a share of good events it is the used part of the allowed bad share.
    """
    if line.value is None:
        return float("inf")
    if line.comparison == "at_least" and line.unit == "ratio":
        allowed = 1 - line.limit
        return (1 - line.value) / allowed if allowed else float("inf")
    if line.comparison == "at_least":
        return line.limit / line.value if line.value else float("inf")
    if line.limit == 0:
        return float("inf") if line.value else 0.0
    return line.value / line.limit


def find_narrow(lines: Sequence[Line]) -> list[Line]:
    """Return met amounts and durations with less than a fifth of the limit left.

    A value exactly at its limit is a setting that was read back, and is left out.
    """
    near = [
        line
        for line in lines
        if line.verdict is Verdict.MET
        and line.unit in {"s", "B", "1/s"}
        and _NARROW < find_strain(line) < 1
    ]
    return sorted(near, key=find_strain, reverse=True)[:_MOST]


def _draw_caution(machine: Mapping[str, Any]) -> str:
    load, cores = machine.get("load_before", 0.0), machine.get("cores", 0)
    if load <= cores:
        return ""
    return (
        f'<p><b class="invalid">! This machine was busy before the run</b>: load '
        f"{load:g} on {cores} cores. What is missed here may be met on a quiet one.</p>"
    )


def _draw_miss(line: Line) -> str:
    strain = find_strain(line)
    how_far = f", {strain:.1f} times its limit" if strain != float("inf") else ""
    text = f"Promised {line.promised}, measured {line.measured}{how_far}: {line.detail}"
    return _draw_item(Verdict.MISSED, line.target, text, line.title)


def _draw_narrow(line: Line) -> str:
    text = (
        f"Promised {line.promised}, measured {line.measured}: "
        f"{1 - find_strain(line):.0%} to spare."
    )
    return _draw_item(Verdict.MET, line.target, text, line.title)


def _draw_item(verdict: Verdict, name: str, text: str, title: str = "") -> str:
    heading = escape(title) if title else f"<code>{escape(name)}</code>"
    beside = f" <code>{escape(name)}</code>" if title else ""
    return (
        f'<li class="{verdict}"><h3>{heading}{beside} {sign(verdict)}</h3>'
        f"<p>{escape(text)}</p></li>"
    )
