"""docs/benchmarks.md: the results of every suite, with their machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import targets
from bench.drawing import draw
from bench.report import spell, spell_goal
from exchange.outcomes import Measurement, Outcome

_WORDS = {
    "met": "met",
    "missed": "**missed**",
    "invalid": "invalid",
    "not_measured": "not measured",
}
_INTRODUCTION = """# Benchmarks

Written by `python -m bench page` from what `./task bench` measured; do not edit.
Goals stand in [`targets.toml`](../targets.toml). Another machine gives other
figures; the ratios should not differ much.
"""
_METHOD = Path(__file__).with_name("method.md")


def write_page(outcomes: Sequence[Outcome], *, folder: Path) -> Path:
    """Write benchmarks.md and its pictures below `folder`; return the page."""
    pictures = folder / "benchmarks"
    pictures.mkdir(parents=True, exist_ok=True)
    parts = [_INTRODUCTION, describe_machine(outcomes)]
    for outcome in outcomes:
        stem = pictures / outcome.name
        for old in pictures.glob(f"{outcome.name}-*.svg"):
            old.unlink()
        parts.append(write_suite(outcome, draw(outcome.facts, stem=stem)))
    page = folder / "benchmarks.md"
    parts.append(_METHOD.read_text(encoding="utf-8"))
    page.write_text("\n".join(parts), encoding="utf-8")
    return page


def describe_machine(outcomes: Sequence[Outcome]) -> str:
    """Return the machine and versions of the first outcome that names them."""
    named = [one.facts["machine"] for one in outcomes if "machine" in one.facts]
    if not named:
        return ""
    told = named[0]
    memory = told["memory_bytes"] / 2**30
    machine = f"{told['cores']} cores ({told['processor']}), {memory:.0f} GiB"
    lines = [
        f"Machine: {machine}, {told['system']}, Python {told['python']}.",
        f"Ours: {list_versions(told['ours'])}.",
        f"Peers: {list_versions(told['peers'])}.",
    ]
    return "\n\n".join(lines) + "\n"


def list_versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def write_suite(outcome: Outcome, pictures: Sequence[Path]) -> str:
    """Return the section of a suite: date, goals, pictures, tables."""
    commit = outcome.facts.get("machine", {}).get("commit") or "unknown"
    when = outcome.started[:16].replace("T", " ")
    seed = outcome.facts.get("seed", 1)
    told = f"{when} UTC, commit {commit}, seed {seed}"
    parts = [f"## {outcome.title}\n", f"`python -m bench run {outcome.name}`: {told}\n"]
    parts += [f"Invalid: {why}.\n" for why in outcome.invalid_because]
    parts.append(tabulate(*list_goals(outcome.measurements)))
    for picture in pictures:
        link = f"benchmarks/{picture.name}"
        parts.append(f"![{describe_picture(picture)}]({link})\n")
    for table in outcome.facts.get("tables", []):
        parts.append(f"### {table['title']}\n")
        parts.append(tabulate(table["columns"], table["rows"]))
        if table.get("note"):
            parts.append(f"{table['note']}\n")
    return "\n".join(parts)


def describe_picture(picture: Path) -> str:
    return picture.stem.replace("-", " ")


def list_goals(
    measurements: Sequence[Measurement],
) -> tuple[list[str], list[list[str]]]:
    """Return the columns and rows of the table of goals."""
    rows = []
    for one in measurements:
        target = targets.load().find(one.target)
        rows.append(
            [
                target.title,
                spell_goal(target),
                spell(one.value, one.unit),
                _WORDS[one.verdict],
                one.detail,
            ]
        )
    return ["goal", "promised", "measured", "verdict", "detail"], rows


def tabulate(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a Markdown table with right-aligned numbers."""
    numeric = [
        bool(rows) and all(looks_numeric(str(row[place])) for row in rows)
        for place in range(len(columns))
    ]
    lines = [
        "| " + " | ".join(columns) + " |",
        "|" + "|".join("--:" if right else "---" for right in numeric) + "|",
    ]
    lines += [
        "| " + " | ".join(escape(str(cell)) for cell in row) + " |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def looks_numeric(text: str) -> bool:
    return not text or text[0].isdigit() or text[0] in "-≤≥"


def escape(text: str) -> str:
    return text.replace("|", "\\|")
