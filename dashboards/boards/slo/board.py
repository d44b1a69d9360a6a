"""What users were promised first, then who breaks it, then what is announced."""

from dashboards.boards.panels import Board
from dashboards.boards.slo.burn import burn_row
from dashboards.boards.slo.compliance import compliance_row
from dashboards.boards.slo.latency import latency_row
from targets import Targets


def slo_board(targets: Targets) -> Board:
    """The board that every alert on an objective points to."""
    return Board(
        uid="holdfast-slo",
        title="Holdfast / SLO and error budget",
        description="Are the promises kept, and how long will the budgets last?",
        rows=(
            compliance_row(targets),
            latency_row(targets),
            burn_row(targets),
        ),
    )
