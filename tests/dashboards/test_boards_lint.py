"""Each lint rule, and the schema, with a fault that it must find."""

import json

import pytest
from msgspec.structs import replace

from dashboards.proof.boards.lint import BOARD_RULES, PANEL_RULES, lint
from dashboards.proof.boards.schema import find_misfits
from dashboards.reading import Link, Place, Target, Templating, read_boards
from dashboards.rendering import RENDERED


@pytest.fixture(scope="module")
def board():
    return next(b for b in read_boards(RENDERED) if b.uid == "holdfast-api")


def with_panel(board, **changes):
    """Return the board with its first picture changed."""
    row, first, *others = board.panels
    return replace(board, panels=(row, replace(first, **changes), *others))


def with_query(board, expr):
    source = {"type": "prometheus", "uid": "${datasource}"}
    return with_panel(
        board, targets=(Target(ref_id="A", expr=expr, datasource=source),)
    )


def with_unit(board, unit):
    config = board.pictures[0].field_config
    return with_panel(
        board,
        field_config=replace(config, defaults=replace(config.defaults, unit=unit)),
    )


def without_all(board):
    variables = [
        replace(v, all_value="") if v.type == "query" else v
        for v in board.templating.list
    ]
    return replace(board, templating=Templating(tuple(variables)))


SPOILT = {
    "datasource": lambda b: replace(b, templating=Templating(())),
    "ids": lambda b: with_panel(b, id=b.panels[2].id),
    "titles": lambda b: with_panel(b, title=b.panels[2].title),
    "overlap": lambda b: with_panel(b, grid_pos=b.panels[2].grid_pos),
    "grid": lambda b: with_panel(b, grid_pos=Place(x=20, y=90, w=6, h=5)),
    "all": without_all,
    "rows": lambda b: replace(b, panels=b.panels[1:]),
    "description": lambda b: with_panel(b, description="p95."),
    "unit": lambda b: with_unit(b, "percentunits"),
    "query": lambda b: with_panel(b, targets=()),
    "promql": lambda b: with_query(b, "sum(rate(up[5m])"),
    "source": lambda b: with_panel(b, datasource={"uid": "abc123"}),
    "rate": lambda b: with_query(b, 'sum(rate(a_total{x="1"}[5m]))'),
    "counter": lambda b: with_query(b, "sum by (route) (requests_total)"),
    "zero": lambda b: with_query(b, "sum(up) or vector(0)"),
    "runbook": lambda b: with_panel(b, links=(Link("Runbook", "https://x/api"),)),
}


def test_every_rule_has_a_fault_here():
    assert SPOILT.keys() == BOARD_RULES.keys() | PANEL_RULES.keys()


@pytest.mark.parametrize("rule", SPOILT)
def test_the_fault_is_found_by_its_rule(board, rule):
    spoilt = SPOILT[rule](board)
    if rule in BOARD_RULES:
        seen = list(BOARD_RULES[rule](spoilt))
    else:
        seen = [fault for p in spoilt.pictures for fault in PANEL_RULES[rule](p)]

    assert seen
    assert lint([board]) == []
    assert lint([spoilt])


def test_a_duplicate_uid_is_found(board):
    assert lint([board, board]) == ["holdfast-api: the uid is taken"]


def first_picture(model):
    return next(panel for panel in model["panels"] if panel["type"] == "timeseries")


def set_at(path, value):
    def spoil(model):
        place = first_picture(model)
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        set_at(["gridPosition"], {"x": 0}),
        set_at(["gridPos", "w"], "12"),
        set_at(["type"], "timeserie"),
        set_at(["options", "legends"], {}),
        set_at(["fieldConfig", "defaults", "custom", "lineWidht"], 1),
        set_at(["fieldConfig", "defaults", "thresholds", "mode"], "relative"),
        set_at(["fieldConfig", "defaults", "thresholds", "steps"], [{"value": "10"}]),
        set_at(["targets"], [{"expression": "up"}]),
        lambda model: model.pop("uid"),
        lambda model: model.update(schemaversion=42),
    ],
)
def test_a_key_unknown_to_grafana_is_found(spoil):
    model = json.loads((RENDERED / "holdfast-api.json").read_text())
    spoil(model)

    assert find_misfits(model)
