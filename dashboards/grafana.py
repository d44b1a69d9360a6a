"""The part of Grafana's dashboard model that we use, as types."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from msgspec import Struct, field

DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS: Final = 24

Unit = Literal["percentunit", "s", "reqps", "bytes", "short"]
Kind = Literal["timeseries", "stat"]


class Query(Struct, frozen=True, kw_only=True):
    """One PromQL query; its legend names the labels to show."""

    expr: str
    legend: str
    dashed: bool = False
    """A promised line: drawn dashed, never stacked."""


class Panel(Struct, frozen=True, kw_only=True):
    """One picture: what it shows, in which unit, for which targets."""

    title: str
    description: str
    unit: Unit
    queries: Sequence[Query]
    kind: Kind = "timeseries"
    width: int = 12
    height: int = 8


class Board(Struct, frozen=True, kw_only=True):
    """A dashboard: panels flow from left to right, row by row."""

    uid: str
    title: str
    description: str
    tags: Sequence[str] = field(default_factory=lambda: ["holdfast"])
    panels: Sequence[Panel]


def board_model(board: Board) -> dict[str, Any]:
    """The JSON model that Grafana imports; ids and places are ours to give."""
    return {
        "uid": board.uid,
        "title": board.title,
        "description": board.description,
        "tags": list(board.tags),
        "schemaVersion": 42,
        "editable": False,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [datasource_variable()]},
        "panels": _placed(board.panels),
    }


def datasource_variable() -> dict[str, Any]:
    """Which Prometheus to ask: chosen by the reader, not built in."""
    return {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
    }


def _placed(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    x = y = row_height = 0
    models = []
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        place = {"x": x, "y": y, "w": panel.width, "h": panel.height}
        models.append(_panel_model(number, panel, place))
        x, row_height = x + panel.width, max(row_height, panel.height)
    return models


def _panel_model(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "gridPos": place,
        "datasource": DATASOURCE,
        "fieldConfig": {
            "defaults": {"unit": panel.unit},
            "overrides": [
                _dashed(query.legend) for query in panel.queries if query.dashed
            ],
        },
        "targets": [
            _query_model(letter, query)
            for letter, query in zip("ABCDEFGH", panel.queries, strict=False)
        ],
    }


def _query_model(letter: str, query: Query) -> dict[str, Any]:
    return {
        "refId": letter,
        "datasource": DATASOURCE,
        "expr": query.expr,
        "legendFormat": query.legend,
    }


def _dashed(legend: str) -> dict[str, Any]:
    name = legend.replace("{{target}}", ".*")
    return {
        "matcher": {"id": "byRegexp", "options": name},
        "properties": [
            {
                "id": "custom.lineStyle",
                "value": {"fill": "dash", "dash": [10, 10]},
            }
        ],
    }
