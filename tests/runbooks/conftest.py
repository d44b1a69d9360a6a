"""A test page whose commands act on files: a file's text is the fault."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import targets
from runbooks.walker.blocks import Block, Branch, Section
from runbooks.walker.execution import execute
from runbooks.walker.pages import Page, read_page
from runbooks.walker.walk import Choice, Step, Walk

ROOT = Path(__file__).parents[2]
HEAD = """---
id: sick
alerts: [HoldfastSick]
targets: [slo.errors]
experiment: null
severity: page
blast_radius: one file
---
# A file is sick

**In one line**: it says so.

## 1. Is it real? (30 s)
"""


@dataclass
class Scripted:
    """An interface that responds as the test says and records the calls."""

    choices: dict[str, Choice] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    way_out: str | None = None
    entered: list[str] = field(default_factory=list)
    approved: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)

    def enter(self, place: Section) -> None:
        self.entered.append(place.name)

    def approve(self, block: Block, commands: Sequence[Sequence[str]]) -> Choice:
        self.approved += [" ".join(words) for words in commands]
        return self.choices.get(block.id, "run")

    def fill(self, placeholder: str, meaning: str) -> str | None:
        self.offered.append(f"{placeholder}: {meaning}")
        return self.values.get(placeholder)

    def report(self, step: Step, branch: Branch | None) -> None:
        """Ignore the result."""

    def choose_section(self, names: Sequence[str]) -> str | None:  # noqa: ARG002 - the interface's signature
        return self.way_out


@dataclass
class Ward:
    """The file, and pages about it."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "state"

    def say(self, text: str) -> None:
        self.file.write_text(text + "\n")

    def page(self, body: str) -> Page:
        """Return a page with this body; FILE is replaced by the sick file."""
        path = self.folder / "sick.md"
        path.write_text(HEAD + body.replace("FILE", str(self.file)))
        return read_page(path, targets.load())

    def walk(
        self, page: Page, interface: Scripted | None = None, **known: str
    ) -> tuple[Walk, Scripted]:
        chosen = interface or Scripted()
        return Walk(page, chosen, execute, known), chosen


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    ward = Ward(tmp_path)
    ward.say("part-1 ok")
    (tmp_path / "well").write_text("part-2 ok\n")
    return ward


@pytest.fixture(scope="session")
def promtool() -> str:
    """promtool, fetched beside the checkout when the machine has none."""
    found = find_promtool()
    if found is None:
        subprocess.run([sys.executable, "-m", "local", "extras"], cwd=ROOT, check=True)
        found = find_promtool()
    assert found, "promtool is missing: install Debian's package prometheus"
    return found


def find_promtool() -> str | None:
    state = Path(os.environ.get("HOLDFAST_STATE", ROOT / ".holdfast"))
    unpacked = state / "tools" / "usr" / "bin" / "promtool"
    return str(unpacked) if unpacked.is_file() else shutil.which("promtool")


@pytest.fixture
def scripted() -> Callable[..., Scripted]:
    return Scripted
