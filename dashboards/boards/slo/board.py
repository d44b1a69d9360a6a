"""The SLO board: compliance, latency by route, error-budget burn."""

from dashboards.boards.panels import Board
from dashboards.boards.slo.burn import burn_row
from dashboards.boards.slo.compliance import compliance_row
from dashboards.boards.slo.latency import latency_row
from targets import Targets


def slo_board(targets: Targets) -> Board:
    """Return the board that every burn-rate alert links to."""
    return Board(
        uid="holdfast-slo",
        title="Holdfast / SLO and error budget",
        description="Are the SLOs met, and how long will the error budgets last?",
        rows=(
            compliance_row(targets),
            latency_row(targets),
            burn_row(targets),
        ),
    )
