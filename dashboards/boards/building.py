"""Turn boards into the model that Grafana imports; ids and positions are set here."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from dashboards.boards.panels import COLUMNS, Board, Panel, Row
from dashboards.boards.queries import query_models
from dashboards.boards.shapes import field_config, options, transformations
from dashboards.boards.variables import DATASOURCE, variable_models

TAG: Final = "holdfast"


def board_text(board: Board, others: Sequence[Board]) -> str:
    """Return the board as a file for Grafana; the same board gives the same bytes."""
    model = board_model(board, others)
    text = json.dumps(model, cls=JSONEncoder, indent=2, ensure_ascii=False)
    return text + "\n"


def board_model(board: Board, others: Sequence[Board]) -> dashboard.Dashboard:
    """Return the SDK's model; `others` are linked from the top of the page."""
    return dashboard.Dashboard(
        uid=board.uid,
        title=board.title,
        description=board.description,
        tags=[TAG],
        editable=False,
        refresh="10s",
        graph_tooltip=dashboard.DashboardCursorSync.CROSSHAIR,
        time=dashboard.DashboardDashboardTime(from_val="now-1h", to="now"),
        templating=dashboard.DashboardDashboardTemplating(
            list_val=variable_models(board)
        ),
        links=[_link(other) for other in others if other.uid != board.uid],
        panels=list(_placed(board.rows)),
    )


def _link(other: Board) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(
        title=other.title.partition(" / ")[2],
        type_val=dashboard.DashboardLinkType.LINK,
        icon="dashboard",
        tooltip=other.description,
        url=f"/d/{other.uid}",
        keep_time=True,
    )


def _placed(rows: Sequence[Row]) -> Iterator[dashboard.Panel | dashboard.RowPanel]:
    number, top = 0, 0
    for row in rows:
        number += 1
        place = dashboard.GridPos(x=0, y=top, w=COLUMNS, h=1)
        yield dashboard.RowPanel(
            title=row.title, id_val=number, grid_pos=place, panels=[]
        )
        top += 1
        for panel, place in _flow(row.panels, top):
            number += 1
            yield _panel_model(number, panel, place)
            bottom = place.y + place.h
        top = bottom


def _flow(
    panels: Sequence[Panel], top: int
) -> Iterator[tuple[Panel, dashboard.GridPos]]:
    """Place panels from left to right; one that does not fit starts a new line."""
    x, height = 0, 0
    for panel in panels:
        if x + panel.width > COLUMNS:
            x, top, height = 0, top + height, 0
        yield (
            panel,
            dashboard.GridPos(x=x, y=top, w=panel.width, h=panel.height),
        )
        x, height = x + panel.width, max(height, panel.height)


def _panel_model(
    number: int, panel: Panel, place: dashboard.GridPos
) -> dashboard.Panel:
    return dashboard.Panel(
        type_val=panel.kind,
        id_val=number,
        title=panel.title,
        description=_description(panel),
        datasource=DATASOURCE,
        grid_pos=place,
        links=[_runbook(panel.runbook)],
        targets=list(query_models(panel)),
        options=options(panel),
        field_config=field_config(panel),
        transformations=transformations(panel),
    )


def _description(panel: Panel) -> str:
    line = f" The dashed line is {panel.line.title}." if panel.line else ""
    return f"{panel.description}{line}"


def _runbook(page: str) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(
        title=f"Runbook: {page}",
        type_val=dashboard.DashboardLinkType.LINK,
        icon="doc",
        tooltip=f"What to do; in a checkout: ./task runbook -- show {page}",
        url=f"${{runbooks}}/{page}.md",
        target_blank=True,
    )
