"""A target number is written once: in targets.toml.

Durations in code are mostly other timeouts and round shares a tolerance, so there only
sizes, rates and exact shares are checked; in documents, every number.
"""

import re
from pathlib import Path

import pytest

import targets
from targets.units import Bytes, Quantity, Rate, Ratio

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "workers", "platform", "loadtests", "chaos", "dashboards", "verify")
PROMISES = [
    target.promised
    for target in targets.load().all().values()
    if isinstance(target.promised, Quantity)
]
WHOLE = {"100%"}
"""A share that means "all of it" more often than a target."""
RENDERED = {ROOT / "docs" / "benchmarks.md"}
"""Files written by a program, which takes each target from targets.toml."""


def pattern_of(quantities):
    """Return a pattern of the quantities as people write them, spaced or not."""
    texts = {quantity.text for quantity in quantities} - WHOLE
    spaced = [re.sub(r"(?<=\d)(?=[A-Za-z%])", " ?", re.escape(t)) for t in texts]
    longest_first = sorted(spaced, key=len, reverse=True)
    return re.compile(rf"(?<![\w.])(?:{'|'.join(longest_first)})(?![\w/])")


TYPED = pattern_of(PROMISES)
TYPED_IN_CODE = pattern_of(
    q
    for q in PROMISES
    if isinstance(q, Bytes | Rate) or (isinstance(q, Ratio) and "." in q.text)
)


def test_no_document_repeats_a_target_number():
    found = {
        str(path.relative_to(ROOT)): TYPED.findall(text)
        for path in (ROOT / "docs").rglob("*.md")
        if path not in RENDERED
        and TYPED.search(text := path.read_text(encoding="utf-8"))
    }

    assert found == {}


@pytest.mark.parametrize("room", ROOMS)
def test_no_code_repeats_a_target_number(room):
    found = {
        str(path.relative_to(ROOT)): TYPED_IN_CODE.findall(text)
        for path in (ROOT / room).rglob("*.py")
        if TYPED_IN_CODE.search(text := path.read_text(encoding="utf-8"))
    }

    assert found == {}


@pytest.mark.parametrize("planted", ["p95 under 200 ms", "99.9% of requests", "200MB"])
def test_a_repeated_target_number_is_found(planted):
    assert TYPED.search(planted)


def test_rates_and_sizes_are_found_in_code():
    assert TYPED_IN_CODE.search('limit = "200MB"')
    assert not TYPED_IN_CODE.search('timeout = "30s"')
