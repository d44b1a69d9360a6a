"""The database board: leader, replication, query latency, saturation."""

from dashboards.boards.database.safety import safety_row
from dashboards.boards.database.saturation import saturation_row
from dashboards.boards.database.speed import speed_row
from dashboards.boards.database.writable import writable_row
from dashboards.boards.panels import Board
from dashboards.boards.variables import MEMBER
from targets import Targets


def database_board(targets: Targets) -> Board:
    return Board(
        uid="holdfast-database",
        title="Holdfast / Database and replication",
        description="Leader and members, replication, query latency and saturation.",
        variables=(MEMBER,),
        rows=(
            writable_row(targets),
            safety_row(targets),
            speed_row(targets),
            saturation_row(targets),
        ),
    )
