"""What waits before what runs, before who runs it."""

from dashboards.boards.panels import Board
from dashboards.boards.variables import QUEUE, WORKER_INSTANCE
from dashboards.boards.workers.doers import doers_row
from dashboards.boards.workers.doing import doing_row
from dashboards.boards.workers.waiting import waiting_row
from targets import Targets


def workers_board(promised: Targets) -> Board:
    return Board(
        uid="holdfast-workers",
        title="Holdfast / Workers and queues",
        description="Is work late, is it done, and who does it?",
        variables=(WORKER_INSTANCE, QUEUE),
        rows=(
            waiting_row(promised),
            doing_row(promised),
            doers_row(promised),
        ),
    )
