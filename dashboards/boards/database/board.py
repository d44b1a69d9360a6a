"""Writes, then safety, then speed, then room to grow."""

from dashboards.boards.database.room import room_row
from dashboards.boards.database.safety import safety_row
from dashboards.boards.database.speed import speed_row
from dashboards.boards.database.writable import writable_row
from dashboards.boards.panels import Board
from dashboards.boards.variables import MEMBER
from targets import Targets


def database_board(promised: Targets) -> Board:
    return Board(
        uid="holdfast-database",
        title="Holdfast / Database and replication",
        description="Can it take writes, would it survive a loss, what makes it slow?",
        variables=(MEMBER,),
        rows=(
            writable_row(promised),
            safety_row(promised),
            speed_row(promised),
            room_row(promised),
        ),
    )
