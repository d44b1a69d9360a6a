"""The workers board: queue, throughput, workers."""

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
        description="Are jobs late, how many are done, and which workers are up?",
        variables=(WORKER_INSTANCE, QUEUE),
        rows=(
            queue_row(targets),
            throughput_row(targets),
            workers_row(targets),
        ),
    )
