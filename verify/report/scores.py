"""The scorecard as two tables: measured and unmeasured targets."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from operator import attrgetter

from targets.verdict import Verdict
from verify.report.advice import find_strain
from verify.report.markup import sign, table
from verify.scorecard import Line, group_waiting

_FAMILIES = {
    "slo": "Service",
    "limit": "Limits",
    "capacity": "Capacity",
    "scale": "Scaling",
    "recovery": "Recovery",
    "rollout": "Releases",
    "speed": "Speed",
    "alert": "Alerts",
}
_FULL_SCALE = 1.25
_MEASURED_HEAD = [
    ("Verdict", ""),
    ("Promise", ""),
    ("Promised", "number"),
    ("Measured", "number"),
    ("Use of the limit", ""),
    ("How it was measured", ""),
]
_LATER_HEAD = [("Promise", ""), ("Promised", "number"), ("Measured by", "")]


def draw_measured(lines: Sequence[Line]) -> str:
    """Draw one row per target, by family."""
    rows = []
    for family, members in groupby(lines, key=attrgetter("family")):
        rows.append(_draw_family(family, len(_MEASURED_HEAD)))
        rows += [_draw_line(line) for line in members]
    return table(_MEASURED_HEAD, rows)


def draw_unmeasured(lines: Sequence[Line]) -> str:
    """Draw one row per target with its command; many alike share a row."""
    rows = []
    for family, members in groupby(lines, key=attrgetter("family")):
        rows.append(_draw_family(family, len(_LATER_HEAD)))
        rows += [_draw_waiting(group) for group in group_waiting(list(members))]
    return table(_LATER_HEAD, rows)


def _draw_waiting(group: Sequence[Line]) -> str:
    first = group[0]
    if len(group) == 1:
        title, promised = _draw_title(first), escape(first.promised)
    else:
        inside = "".join(
            f"<li>{_draw_title(line)} <b>{escape(line.promised)}</b></li>"
            for line in group
        )
        summary = f"{len(group)} promises"
        title = f"<details><summary>{summary}</summary><ul>{inside}</ul></details>"
        promised = ""
    return (
        f'<tr><td>{title}</td><td class="number">{promised}</td>'
        f"<td>{escape(first.awaits)}</td></tr>"
    )


def _draw_family(family: str, columns: int) -> str:
    name = escape(_FAMILIES[family])
    return f'<tr class="family"><td colspan="{columns}">{name}</td></tr>'


def _draw_line(line: Line) -> str:
    return (
        f'<tr><td class="verdict">{sign(line.verdict)}</td>'
        f"<td>{_draw_title(line)}</td>"
        f'<td class="number">{escape(line.promised)}</td>'
        f'<td class="number"><b>{escape(line.measured)}</b></td>'
        f"<td>{_draw_room(line)}</td>"
        f"<td><code>{escape(line.decided_by)}</code>"
        f'<span class="how">{escape(line.detail)}</span></td></tr>'
    )


def _draw_title(line: Line) -> str:
    source = "ours" if line.proposed else " ".join(line.source)
    return (
        f"{escape(line.title)}"
        f'<span class="id">{escape(line.target)} · {escape(source)}</span>'
    )


def _draw_room(line: Line) -> str:
    strain = find_strain(line)
    drawable = line.unit in {"s", "B", "1/s"} and strain != float("inf")
    if not drawable or line.verdict is Verdict.NOT_MEASURED:
        return ""
    used = min(strain, _FULL_SCALE) / _FULL_SCALE
    return (
        f'<span class="room {line.verdict}" title="{strain:.0%} of the limit">'
        f'<i style="width:{used:.0%}"></i>'
        f'<u style="left:{1 / _FULL_SCALE:.0%}"></u></span>'
    )
