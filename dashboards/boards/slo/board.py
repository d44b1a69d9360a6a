"""What users were promised first, then who breaks it, then what is announced."""

from dashboards.boards.panels import Board
from dashboards.boards.slo.keeping import keeping_row
from dashboards.boards.slo.latency import latency_row
from dashboards.boards.slo.spending import spending_row
from targets import Targets


def slo_board(promised: Targets) -> Board:
    """The board that every alert on an objective points to."""
    return Board(
        uid="holdfast-slo",
        title="Holdfast / SLO and error budget",
        description="Are the promises kept, and how long will the budgets last?",
        rows=(
            keeping_row(promised),
            latency_row(promised),
            spending_row(promised),
        ),
    )
