import io

import pytest
from rich.console import Console

import targets
from bench.__main__ import carry_out
from bench.exchange import RunAborted
from bench.report import show, spell
from targets.verdict import Verdict, exit_code


def refuse(_):
    message = "fastapi: 400"
    raise RunAborted(message)


def test_an_aborted_run_is_invalid_and_names_why():
    outcome = carry_out("api", refuse, Console(quiet=True), quick=True, seed=1)

    assert outcome.verdict is Verdict.INVALID
    assert exit_code(outcome.verdict) == 4
    assert outcome.invalid_because == ["fastapi: 400"]


def test_an_aborted_run_makes_all_goals_invalid():
    outcome = carry_out("api", refuse, Console(quiet=True), quick=True, seed=1)
    promised = targets.load().all().items()

    assert {one.target for one in outcome.measurements} == {
        name for name, target in promised if "bench:api" in target.proof
    }
    assert {one.verdict for one in outcome.measurements} == {Verdict.INVALID}


def test_an_invalid_run_is_shown_as_one():
    outcome = carry_out("api", refuse, Console(quiet=True), quick=True, seed=1)
    console = Console(record=True, width=120, file=io.StringIO())
    show(console, outcome)

    assert "invalid: fastapi: 400" in console.export_text()


@pytest.mark.parametrize(
    ("value", "unit", "spelt"),
    [
        (4.271, "times", "4.27×"),
        (0.0083, "s", "8.3 ms"),
        (0.000_009, "s", "9 µs"),
        (0.6, "ratio", "60.0%"),
        (150 * 2**20, "B", "150 MiB"),
        (None, "s", ""),
    ],
)
def test_values_are_spelt_with_their_unit(value, unit, spelt):
    assert spell(value, unit) == spelt
