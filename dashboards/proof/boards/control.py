"""The negative control: a query with an unknown label must be reported."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from dashboards.proof.boards.checks import QueryCheck, Source, check_query
from dashboards.reading import Board, Panel, Target

STRANGE: Final = "renamed_by_the_control"
_MATCHER: Final = re.compile(r'\b\w+(?==~?")')


def rename_label(expr: str) -> str:
    """Return the query with the label of its first positive matcher misspelt."""
    return _MATCHER.sub(STRANGE, expr, count=1)


def control(
    source: Source, board: Board, checks: Sequence[QueryCheck]
) -> QueryCheck | None:
    """Repeat a query that has data with a wrong label; None without such a query.

    The check is credible only when this query is reported as blind.
    """
    seeing = {
        (one.panel, one.query)
        for one in checks
        if one.board == board.uid and not one.is_blind and not one.excuse
    }
    for panel, target in _queries(board):
        renamed = rename_label(target.expr)
        if (panel.title, target.ref_id) in seeing and renamed != target.expr:
            return check_query(source, board, panel, replace(target, expr=renamed))
    return None


def _queries(board: Board) -> list[tuple[Panel, Target]]:
    """Return the queries without `or`: its second side could hide the wrong label."""
    return [
        (panel, target)
        for panel in board.pictures
        for target in panel.targets
        if " or " not in target.expr
    ]
