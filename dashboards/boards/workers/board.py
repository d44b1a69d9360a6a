"""What waits before what runs, before who runs it."""

from dashboards.boards.panels import Board
from dashboards.boards.variables import QUEUE, WORKER_INSTANCE
from dashboards.boards.workers.queue import queue_row
from dashboards.boards.workers.throughput import throughput_row
from dashboards.boards.workers.workers import workers_row
from targets import Targets


def workers_board(targets: Targets) -> Board:
    return Board(
        uid="holdfast-workers",
        title="Holdfast / Workers and queues",
        description="Is work late, is it done, and who does it?",
        variables=(WORKER_INSTANCE, QUEUE),
        rows=(
            queue_row(targets),
            throughput_row(targets),
            workers_row(targets),
        ),
    )
