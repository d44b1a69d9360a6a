"""Every board, in the order of the links between them."""

from dashboards.boards.api.board import api_board
from dashboards.boards.building import board_text
from dashboards.boards.database.board import database_board
from dashboards.boards.panels import Board
from dashboards.boards.slo.board import slo_board
from dashboards.boards.workers.board import workers_board
from targets import Targets


def all_boards(targets: Targets) -> tuple[Board, ...]:
    """Return the boards: SLOs, API, workers, database."""
    return tuple(
        make(targets) for make in (slo_board, api_board, workers_board, database_board)
    )


def render_boards(targets: Targets) -> dict[str, str]:
    """Return the text of every board by its file name."""
    boards = all_boards(targets)
    return {f"{board.uid}.json": board_text(board, boards) for board in boards}
