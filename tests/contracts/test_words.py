"""Retired words stay out of names, documents and messages."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.contracts.test_tree import FILES, ROOT

RETIRED = Path(__file__).with_name("retired_words.toml")
READ = (".py", ".md", ".toml", ".yml", ".yaml", ".html", ".sh")
UNREAD = ("tests/infra/golden/", "requirements/", "docs/tour/", "CHANGELOG.md")
"""Written by programs or by others, and the list of what was renamed."""
PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def retired():
    """Each retired word with the word that replaced it."""
    return tomllib.loads(RETIRED.read_text(encoding="utf-8"))["retired"]


def findings(text, words):
    """The retired words in a text, also as a part of a compound name."""
    return sorted(
        {part for part in map(str.lower, PARTS.findall(text)) if part in words}
    )


def files():
    """Every text file that people of this project write."""
    for path in FILES:
        name = str(path.relative_to(ROOT))
        unread = path in (RETIRED, Path(__file__)) or name.startswith(UNREAD)
        if path.suffix in READ and not unread:
            yield name, path


def test_no_retired_word_is_in_the_tree():
    words = retired()
    found = {}
    for name, path in files():
        text = name + "\n" + path.read_text(encoding="utf-8")
        if here := findings(text, words):
            found[name] = [f"{word} -> {words[word]}" for word in here]
    assert found == {}


@pytest.mark.parametrize(
    "planted",
    [
        "class DeskTools:",
        "from x import _desk",
        "the desk decides",
        "DESK = 1",
        "a-desk",
    ],
)
def test_a_planted_word_is_found(planted):
    assert findings(planted, {"desk": "dependencies"}) == ["desk"]


def test_a_word_inside_another_word_is_not_found():
    assert findings("desktop deskew", {"desk": "dependencies"}) == []
