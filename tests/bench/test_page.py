import pytest

import targets
from bench.drawing import shorten
from bench.judging import judge
from bench.page import tabulate, write_page
from exchange.outcomes import Outcome
from targets.verdict import Verdict

FACTS = {
    "machine": {
        "processor": "an abacus",
        "cores": 2,
        "memory_bytes": 2**34,
        "system": "Linux",
        "python": "3.11.7",
        "ours": {"litestar": "2.25.0"},
        "peers": {"fastapi": "0.165.0"},
        "commit": "1882a35",
    },
    "seed": 7,
    "tables": [
        {"title": "Counts", "columns": ["what", "many"], "rows": [["a|b", "3"]]},
    ],
    "ratios": [
        {"title": "Faster", "ratio": 5.0, "low": 4.8, "high": 5.2, "goal": 4.0},
        {"title": "Slower", "ratio": 0.3, "low": 0.2, "high": 0.4, "goal": 0.6},
    ],
    "bars": [
        {
            "title": "Time",
            "unit": "µs",
            "groups": [{"name": "one", "bars": [{"name": "ours", "value": 12.5}]}],
        }
    ],
    "plots": [
        {
            "title": "Memory",
            "x": "events",
            "y": "MiB",
            "log": True,
            "lines": [{"name": "list", "points": [[10, 1.0], [100, 1.1]]}],
        }
    ],
}


@pytest.fixture
def outcome():
    return Outcome(
        kind="bench",
        name="api",
        title="The race",
        started="2026-11-20T16:00:00+00:00",
        ended="2026-11-20T16:05:00+00:00",
        verdict=Verdict.MISSED,
        measurements=[
            judge("speed.list-over-peer", 5.0, suite="api", detail="five"),
            judge("speed.list-over-ceiling", 0.3, suite="api", detail="little"),
        ],
        facts=FACTS,
    )


def test_the_page_shows_goal_value_and_verdict_of_each(tmp_path, outcome):
    page = write_page([outcome], folder=tmp_path).read_text()

    for one in outcome.measurements:
        assert targets.load().find(one.target).title in page
    assert "5.00×" in page
    assert "**missed**" in page


def test_the_page_says_where_the_figures_come_from(tmp_path, outcome):
    page = write_page([outcome], folder=tmp_path).read_text()

    for told in ("an abacus", "fastapi 0.165.0", "2026-11-20 16:00", "1882a35"):
        assert told in page
    assert "unfair" in page


def test_every_picture_of_the_page_is_there(tmp_path, outcome):
    page = write_page([outcome], folder=tmp_path).read_text()
    pictures = {path.name for path in (tmp_path / "benchmarks").iterdir()}

    assert pictures == {
        "api-ratios.svg",
        "api-bars-1.svg",
        "api-plot-1.svg",
    }
    assert all(f"(benchmarks/{name})" in page for name in pictures)


def test_the_same_figures_give_the_same_files(tmp_path, outcome):
    first = write_page([outcome], folder=tmp_path / "a").parent
    again = write_page([outcome], folder=tmp_path / "b").parent

    for file in (first / "benchmarks").iterdir():
        assert file.read_bytes() == (again / "benchmarks" / file.name).read_bytes()


def test_numbers_are_right_aligned_and_no_cell_breaks_its_row():
    table = tabulate(["what", "many"], [["a|b", "3"]]).splitlines()

    assert table[1] == "|---|--:|"
    assert table[2] == r"| a\|b | 3 |"


def test_a_long_title_is_broken_once():
    assert shorten("short") == "short"
    assert shorten("word " * 12).count("\n") == 1
