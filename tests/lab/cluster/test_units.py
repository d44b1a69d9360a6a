"""Each measurement of an installation has the unit of its target."""

import ast
from pathlib import Path

import targets

DEPLOYING = Path(__file__).parents[3] / "lab" / "cluster" / "deploying.py"


def units_in(source):
    """Return the unit that each measurement is written with, by target."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    given = (
        {word.arg: word.value for word in call.keywords}
        for call in calls
        if getattr(call.func, "id", "") == "Measurement"
    )
    read = ast.literal_eval
    return {read(words["target"]): read(words["unit"]) for words in given}


def strangers(units):
    """Return the targets whose measurement has another unit."""
    promised = targets.load()
    return {name for name, unit in units.items() if promised.find(name).unit != unit}


def test_every_measurement_has_the_unit_of_its_target():
    units = units_in(DEPLOYING.read_text(encoding="utf-8"))

    assert len(units) == 5
    assert not strangers(units)


def test_another_unit_is_detected():
    source = DEPLOYING.read_text(encoding="utf-8").replace('unit="count"', 'unit=""')

    assert strangers(units_in(source)) == {
        "limit.unsettled-resources",
        "limit.cluster-leftovers",
    }
