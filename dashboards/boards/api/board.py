"""The API as callers feel it, then by route, then what it runs out of."""

from dashboards.boards.api.felt import felt_row
from dashboards.boards.api.routes import routes_row
from dashboards.boards.api.saturation import saturation_row
from dashboards.boards.panels import Board
from dashboards.boards.variables import API_INSTANCE, ROUTE
from targets import Targets


def api_board(promised: Targets) -> Board:
    return Board(
        uid="holdfast-api",
        title="Holdfast / API",
        description="What callers feel, route by route, and what the API runs out of.",
        variables=(API_INSTANCE, ROUTE),
        rows=(
            felt_row(promised),
            routes_row(promised),
            saturation_row(promised),
        ),
    )
