"""The API as callers feel it, then by route, then what it runs out of."""

from dashboards.boards.api.routes import routes_row
from dashboards.boards.api.saturation import saturation_row
from dashboards.boards.api.traffic import traffic_row
from dashboards.boards.panels import Board
from dashboards.boards.variables import API_INSTANCE, ROUTE
from targets import Targets


def api_board(targets: Targets) -> Board:
    return Board(
        uid="holdfast-api",
        title="Holdfast / API",
        description="What callers feel, route by route, and what the API runs out of.",
        variables=(API_INSTANCE, ROUTE),
        rows=(
            traffic_row(targets),
            routes_row(targets),
            saturation_row(targets),
        ),
    )
