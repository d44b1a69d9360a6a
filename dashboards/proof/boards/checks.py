"""Check the result of a panel's query: has it data, numbers and the right unit?"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from dashboards.boards.panels import SHARE
from dashboards.proof.boards.allowances import MAY_BE_EMPTY, MAY_LEAVE_THE_UNIT
from dashboards.proof.boards.variables import Pace, VariableUnknown, expand
from dashboards.proof.metrics.prometheus import Prometheus, QueryRefused, Series, Span
from dashboards.reading import Board, Panel, Target

_TOLERANCE: Final = 1e-9


class QueryCheck(Struct, frozen=True, kw_only=True):
    """The result of one query of one panel."""

    board: str
    panel: str
    query: str
    series: int
    flaw: str
    """The fault; empty when there is none."""
    excuse: str
    """The reason why the result may be empty; empty when it may not."""

    @property
    def is_blind(self) -> bool:
        return bool(self.flaw)


class Source(Struct, frozen=True):
    """The Prometheus to query, the period and the step."""

    prometheus: Prometheus
    span: Span
    pace: Pace


def check_board(source: Source, board: Board) -> list[QueryCheck]:
    """Run and check every query of a board."""
    return [
        check_query(source, board, panel, target)
        for panel in board.pictures
        for target in panel.targets
    ]


def check_query(
    source: Source, board: Board, panel: Panel, target: Target
) -> QueryCheck:
    """Run and check one query."""
    place = (board.uid, panel.title)
    excuse = MAY_BE_EMPTY.get(place, "")
    found: Sequence[Series] = ()
    try:
        expr = expand(target.expr, board, source.pace)
        found = source.prometheus.over(expr, source.span)
        is_share = panel.field_config.defaults.unit == SHARE
        flaw = find_flaw(
            found,
            may_be_empty=bool(excuse),
            is_share=is_share and place not in MAY_LEAVE_THE_UNIT,
        )
    except (QueryRefused, VariableUnknown) as trouble:
        flaw = str(trouble)
    return QueryCheck(
        board=board.uid,
        panel=panel.title,
        query=target.ref_id,
        series=len(found),
        flaw=flaw,
        excuse=excuse,
    )


def find_flaw(found: Sequence[Series], *, may_be_empty: bool, is_share: bool) -> str:
    """Return the fault of these series; empty when there is none."""
    if not found:
        return "" if may_be_empty else "no data"
    numbers = [n for series in found for n in series.numbers]
    if not numbers:
        return "every value is NaN"
    if is_share and not all(-_TOLERANCE <= n <= 1 + _TOLERANCE for n in numbers):
        worst = max(numbers, key=lambda n: abs(n - 0.5))
        return f"a share of {worst:g}"
    return ""
