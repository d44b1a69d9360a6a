"""Every setting is documented, and nothing is documented that nobody reads."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
READ = re.compile(r'\bread\w*(?:\.\w+)?\(\s*"([A-Z_]+)"')
LOOKED_UP = re.compile(r'["\'](HOLDFAST_[A-Z_]+)["\']')


def read_by_code():
    found = set()
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


def test_every_setting_stands_in_the_table_and_no_other():
    assert documented() == read_by_code()
