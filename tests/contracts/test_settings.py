"""Every setting is documented, and every documented setting is read."""

import re
from pathlib import Path

from msgspec.structs import fields

from api.settings import Settings

ROOT = Path(__file__).parents[2]
READ = re.compile(r'\bread\w*(?:\.\w+)?\(\s*"([A-Z_]+)"')
LOOKED_UP = re.compile(r'["\'](HOLDFAST_[A-Z_]+)["\']')


def read_by_code():
    found = {f"HOLDFAST_{field.name.upper()}" for field in fields(Settings)}
    for room in ("api", "workers", "local", "chaos", "loadtests", "verify"):
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            found |= {f"HOLDFAST_{name}" for name in READ.findall(text)}
            found |= set(LOOKED_UP.findall(text))
    return {name.removesuffix("_FILE") for name in found}


def documented():
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `HOLDFAST_")]
    return {row.split("`")[1] for row in rows}


def test_the_table_lists_exactly_the_settings_that_are_read():
    assert documented() == read_by_code()
