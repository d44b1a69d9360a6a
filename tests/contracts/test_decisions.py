"""Decision records: one page, one line of decision, and what enforces it."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("*.md"))
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]
LONGEST_PAGE = 60


@pytest.fixture(params=RECORDS, ids=[path.stem for path in RECORDS])
def record(request):
    return request.param


def section(text, heading):
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0].strip()


def test_records_are_numbered_without_a_gap():
    numbers = [int(path.name[:4]) for path in RECORDS]

    assert numbers == list(range(1, len(RECORDS) + 1))


def test_a_record_has_its_five_parts_on_one_page(record):
    text = record.read_text(encoding="utf-8")

    assert text.startswith(f"# {record.name[:4]}. ")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    assert len(text.splitlines()) <= LONGEST_PAGE


def test_context_is_short_and_the_decision_is_one_line(record):
    text = record.read_text(encoding="utf-8")
    sentences = re.findall(r"[.?!](?=\s|$)", section(text, "Context"))

    assert 1 <= len(sentences) <= 4
    assert len(section(text, "Decision").splitlines()) == 1
