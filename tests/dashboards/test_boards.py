"""The boards as a user of Grafana gets them."""

import json

import pytest

from dashboards.boards.catalog import all_boards, render_boards
from dashboards.boards.panels import COLUMNS
from dashboards.proof.boards.lint import lint, runbooks_of
from dashboards.proof.boards.schema import find_misfits
from dashboards.reading import read_boards
from dashboards.rendering import RENDERED

UIDS = ["holdfast-slo", "holdfast-api", "holdfast-workers", "holdfast-database"]


@pytest.fixture(scope="module")
def boards():
    return read_boards(RENDERED)


@pytest.fixture(scope="module")
def models(targets):
    return {name: json.loads(text) for name, text in render_boards(targets).items()}


def test_there_are_four_boards_from_user_experience_to_database(targets):
    assert [board.uid for board in all_boards(targets)] == UIDS


def test_every_board_passes_the_lint(boards):
    assert lint(boards) == []


def test_grafana_understands_every_key(models):
    for name, model in models.items():
        assert find_misfits(model) == [], name


def test_the_same_targets_give_the_same_bytes(targets):
    assert render_boards(targets) == render_boards(targets)


def test_every_board_links_to_the_three_others(boards):
    for board in boards:
        linked = [link.url.removeprefix("/d/") for link in board.links]

        assert sorted([*linked, board.uid]) == sorted(UIDS)


def test_every_panel_links_to_a_page_that_exists(boards):
    pages = {path.stem for path in (RENDERED.parents[1] / "runbooks").glob("*.md")}

    for board in boards:
        assert runbooks_of(board) <= pages, board.uid


def test_every_row_fills_the_page(boards):
    """A gap in the grid looks like a panel that did not load."""
    for board in boards:
        cells = {
            (x, y)
            for place in (panel.grid_pos for panel in board.panels)
            for x in range(place.x, place.x + place.w)
            for y in range(place.y, place.y + place.h)
        }
        lowest = max(y for _, y in cells)

        assert len(cells) == COLUMNS * (lowest + 1), board.uid


def test_a_line_is_the_target_number(models, targets):
    panels = {
        panel["title"]: panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        for model in models.values()
        for panel in model["panels"]
        if panel["type"] != "row"
    }
    expected = {
        "API latency, overall": "slo.latency",
        "Latency of the event list": "slo.latency-events",
        "Age of the oldest due job": "limit.queue-age",
        "Replay lag": "limit.replication-lag",
        "Memory": "limit.api-memory",
        "Worker memory": "limit.worker-memory",
        "CPU": "scale.api-cpu",
        "Instances up": "scale.api-min",
    }

    for title, target in expected.items():
        assert panels[title][-1]["value"] == targets.find(target).value, title


def test_a_table_names_its_columns_as_grafana_does(models):
    """`Value` alone, `Value #A` beside others: a wrong name would drop the column."""
    tables = {
        panel["title"]: panel["transformations"][-1]["options"]
        for panel in models["holdfast-slo.json"]["panels"]
        if panel["type"] == "table"
    }

    assert tables["Firing alerts"]["renameByName"] == {"Value": "firing"}
    assert list(tables["SLOs at a glance"]["renameByName"]) == [
        "Value #A",
        "Value #B",
        "Value #C",
        "Value #D",
    ]


def test_histograms_show_the_traces_of_their_exemplars(models):
    for model in models.values():
        for panel in (p for p in model["panels"] if p["type"] != "row"):
            for query in panel["targets"]:
                wanted = "_bucket" in query["expr"]
                assert query.get("exemplar", False) is wanted, panel["title"]


def test_no_line_is_a_literal(models, targets):
    budget = targets.budget
    lines = {target.value for target in targets.all().values()}
    lines |= {budget.factor(tier) for tier in budget.burn}
    lines |= {slo.bad_share for slo in targets.slo.values()}
    drawn = {
        step["value"]
        for model in models.values()
        for panel in model["panels"]
        if panel["type"] != "row"
        for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        if step.get("value") is not None
    }

    assert len(drawn) > 8
    assert drawn - lines <= {0}, "an empty budget is the only line of its own"


def test_the_wrong_side_of_a_bound_is_red(models):
    def colors(board, title):
        panels = models[f"{board}.json"]["panels"]
        panel = next(panel for panel in panels if panel["title"] == title)
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        return [step["color"] for step in steps]

    assert colors("holdfast-slo", "Error budget left") == ["red", "green"]
    assert colors("holdfast-api", "p95 of all requests") == ["green", "red"]
