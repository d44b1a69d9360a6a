"""The negative control: a label that nobody exports must make a panel blind."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from dashboards.proof.boards.checks import QueryCheck, Source, check_query
from dashboards.reading import Board, Panel, Target

STRANGE: Final = "renamed_by_the_control"
_MATCHER: Final = re.compile(r'\b\w+(?==~?")')


def rename_label(expr: str) -> str:
    """The query with the label of its first positive matcher spelt wrongly."""
    return _MATCHER.sub(STRANGE, expr, count=1)


def control(
    source: Source, board: Board, checks: Sequence[QueryCheck]
) -> QueryCheck | None:
    """A query that sees, asked once more with a wrong label; None without such one.

    The check may be believed only when the answer is blind.
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
    """Queries that ask one thing: a second one could answer in place of the first."""
    return [
        (panel, target)
        for panel in board.pictures
        for target in panel.targets
        if " or " not in target.expr
    ]
