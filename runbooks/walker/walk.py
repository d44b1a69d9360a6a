"""Walks through a page: runs a block, compares, follows the branch, to the end."""

import re
import time
from collections.abc import Callable, Sequence
from typing import Final, Literal, Protocol

from msgspec import Struct

from runbooks.walker.blocks import Block, Branch, Section
from runbooks.walker.execution import CommandResult
from runbooks.walker.pages import Page
from runbooks.walker.placeholders import (
    ParameterMissing,
    accept,
    fill,
    find_placeholders,
)

Ending = Literal["better", "still ill", "nowhere to go", "refused", "act failed"]
Choice = Literal["run", "skip", "stop"]
Execute = Callable[..., CommandResult]
_POLL_SECONDS: Final = 1.0
_MOST_VISITS: Final = 20
_VERIFYING: Final = "3"
_WHY: Final = "4"


class Step(Struct, frozen=True, kw_only=True):
    """One block that was run. `began` is in epoch seconds; `leads_to` a place.

    `matched` is None where nothing was expected.
    """

    id: str
    kind: str
    place: str
    command: str
    exit: int | None
    output: str
    matched: bool | None
    seconds: float
    began: float
    leads_to: str | None = None


class WalkResult(Struct, kw_only=True):
    """Everything one walk did, for people and machines."""

    page: str
    ending: Ending = "nowhere to go"
    parameters: dict[str, str] = {}
    steps: list[Step] = []


class Interface(Protocol):
    """Whoever decides: a person at a terminal, or nobody with `--yes`."""

    def enter(self, place: Section) -> None:
        """A place begins."""

    def approve(self, block: Block, commands: Sequence[Sequence[str]]) -> Choice:
        """Before a block runs."""

    def fill(self, placeholder: str, meaning: str) -> str | None:
        """A value for a gap that no output told; None when nobody knows."""

    def report(self, step: Step, branch: Branch | None) -> None:
        """After a block ran."""

    def choose_section(self, names: Sequence[str]) -> str | None:
        """Where to go when no branch fits; None is nowhere."""


class Walk:
    """One walk through one page; `story` is filled as it goes, also when it breaks."""

    def __init__(
        self, page: Page, interface: Interface, execute: Execute, known: dict[str, str]
    ) -> None:
        self.result = WalkResult(page=page.front.id, parameters=dict(known), steps=[])
        self._page = page
        self._interface = interface
        self._execute = execute
        self._given = frozenset(known)

    def go(self) -> WalkResult:
        """From the first place to the last that has something to run.

        Raises ParameterMissing, ParameterRefused.
        """
        sections = {place.name: place for place in self._page.sections}
        name: str | None = "1"
        for _ in range(_MOST_VISITS):
            if name is None or name not in sections or name > _WHY:
                break
            self._interface.enter(sections[name])
            name = self._visit(sections[name])
        return self.result

    def probe(self) -> WalkResult:
        """Only what tells illness from health, each once; nothing is changed."""
        for place in self._page.sections:
            for block in place.blocks:
                tells_health = block.kind == "verify" or (
                    block.kind == "check" and place.name == "1"
                )
                if tells_health and not self._unknown(block):
                    self._run(place, block, patience_seconds=0.0)
        return self.result

    def undo_commands(self) -> list[list[str]]:
        """Commands that take back what was done, the last act first."""
        done = {step.id for step in self.result.steps if step.kind == "act"}
        acts = [b for b in self._page.blocks if b.id in done and b.undo]
        return [fill(b.undo or "", self.result.parameters) for b in reversed(acts)]

    def _visit(self, place: Section) -> str | None:
        """Run a place; answers with the next one, None at the end."""
        for block in place.blocks:
            choice = self._prepare(block)
            if choice == "stop":
                self.result.ending = "refused"
                return None
            if choice == "skip":
                continue
            patience = block.within_seconds
            step, branch = self._run(place, block, patience_seconds=patience)
            if step.kind == "act" and step.exit != 0:
                self.result.ending = "act failed"
                return self._interface.choose_section(self._names())
            if step.kind == "verify":
                self.result.ending = "better" if step.matched else "still ill"
                return self._after(place) if step.matched else None
            if branch is not None and branch.place is not None:
                return self._first_of(branch.place)
            if block.branches:
                return self._interface.choose_section(self._names())
        return self._after(place)

    def _prepare(self, block: Block) -> Choice:
        for placeholder in sorted(self._unknown(block)):
            meaning = block.options.get("with", "").partition(": ")[2]
            value = self._interface.fill(placeholder, meaning)
            if value is None and block.kind == "look":
                return "skip"
            if value is None:
                raise ParameterMissing(placeholder)
            self.result.parameters[placeholder] = accept(placeholder, value)
        return self._interface.approve(block, self._commands(block))

    def _unknown(self, block: Block) -> set[str]:
        placeholders = {
            placeholder
            for command in block.commands
            for placeholder in find_placeholders(command)
        }
        return {
            placeholder
            for placeholder in placeholders
            if placeholder not in self.result.parameters
        }

    def _commands(self, block: Block) -> list[list[str]]:
        return [fill(command, self.result.parameters) for command in block.commands]

    def _run(
        self, place: Section, block: Block, *, patience_seconds: float
    ) -> tuple[Step, Branch | None]:
        deadline = time.monotonic() + patience_seconds
        began, clock = time.time(), time.monotonic()
        while True:
            done = self._ask(block)
            matched = self._compare(block, done)
            if block.kind != "verify" or matched or time.monotonic() >= deadline:
                break
            time.sleep(_POLL_SECONDS)
        branch = find_branch(block, done.output)
        step = Step(
            id=block.id,
            kind=block.kind,
            place=place.name,
            command=done.command,
            exit=done.exit,
            output=done.output,
            matched=matched,
            seconds=round(time.monotonic() - clock, 3),
            began=began,
            leads_to=branch.place if branch else None,
        )
        self.result.steps.append(step)
        self._interface.report(step, branch)
        return step, branch

    def _ask(self, block: Block) -> CommandResult:
        """All commands of a block, as far as they succeed, as one answer."""
        together = CommandResult("", 0, "", 0.0)
        for words in self._commands(block):
            done = self._execute(words, timeout_seconds=block.timeout_seconds)
            together = CommandResult(
                "\n".join(filter(None, (together.command, done.command))),
                done.exit,
                together.output + done.output,
                together.seconds + done.seconds,
            )
            if done.exit != 0:
                break
        return together

    def _compare(self, block: Block, done: CommandResult) -> bool | None:
        """Whether the answer is as expected; names in the pattern become known."""
        if block.expect is None:
            return None
        found = re.search(block.expect, done.output, re.MULTILINE)
        if found is None:
            return False
        for placeholder, value in found.groupdict().items():
            if value and placeholder not in self._given:
                self.result.parameters[placeholder] = accept(placeholder, value)
        return True

    def _after(self, place: Section) -> str | None:
        """The next place: after a part of a section comes the next section."""
        if len(place.name) > 1:
            return self._first_of(str(int(place.name[0]) + 1))
        names = self._names()
        later = names[names.index(place.name) + 1 :]
        return later[0] if later else None

    def _first_of(self, name: str) -> str | None:
        """The place of this name, or the first part of it."""
        names = self._names()
        return next((n for n in names if n == name or n[0] == name), None)

    def _names(self) -> list[str]:
        return [place.name for place in self._page.sections]


def find_branch(block: Block, output: str) -> Branch | None:
    """The first row of the table under a block that its output matches."""
    for branch in block.branches:
        if re.search(branch.pattern, output, re.MULTILINE):
            return branch
    return None
