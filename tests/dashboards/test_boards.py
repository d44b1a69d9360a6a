"""The dashboard model: placed, described, tied to targets."""

import pytest

from dashboards.grafana import COLUMNS, board_model
from dashboards.slo_board import slo_board


@pytest.fixture
def model(promised):
    return board_model(slo_board(promised))


def test_every_panel_says_what_it_shows_and_asks_something(model):
    for panel in model["panels"]:
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["targets"]


def test_ids_are_unique_and_panels_do_not_overlap(model):
    ids = [panel["id"] for panel in model["panels"]]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in model["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(set(ids)) == len(ids)
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < COLUMNS


def test_lines_are_drawn_from_the_promise_not_typed(model, promised):
    dashed = [
        query["expr"]
        for panel in model["panels"]
        for query in panel["targets"]
        if query["legendFormat"].startswith("promised")
    ]

    assert dashed
    for expr in dashed:
        target = expr.removeprefix('holdfast:promised{target="').removesuffix('"}')
        assert promised.find(target)
