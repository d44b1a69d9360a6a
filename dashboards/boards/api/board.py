"""The API board: traffic, routes, saturation."""

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
        description="Rate, errors and duration by route, and the API's saturation.",
        variables=(API_INSTANCE, ROUTE),
        rows=(
            traffic_row(targets),
            routes_row(targets),
            saturation_row(targets),
        ),
    )
