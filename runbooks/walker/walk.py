"""Walk through a page: run a block, match its output, follow the branch."""

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
    """One executed block. `began` is in epoch seconds; `leads_to` is a section.

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
    """The result of one walk; `--json` prints it."""

    page: str
    ending: Ending = "nowhere to go"
    parameters: dict[str, str] = {}
    steps: list[Step] = []


class Interface(Protocol):
    """Decides during a walk: a person at a terminal, or unattended with `--yes`."""

    def enter(self, place: Section) -> None:
        """Handle the start of a section."""

    def approve(self, block: Block, commands: Sequence[Sequence[str]]) -> Choice:
        """Decide whether a block runs."""

    def fill(self, placeholder: str, meaning: str) -> str | None:
        """Return the value of an unknown placeholder; None without one."""

    def report(self, step: Step, branch: Branch | None) -> None:
        """Handle the result of a block."""

    def choose_section(self, names: Sequence[str]) -> str | None:
        """Return the next section when no branch matches; None ends the walk."""


class Walk:
    """One walk through one page; `result` grows with each block, also on an error."""

    def __init__(
        self, page: Page, interface: Interface, execute: Execute, known: dict[str, str]
    ) -> None:
        self.result = WalkResult(page=page.front.id, parameters=dict(known), steps=[])
        self._page = page
        self._interface = interface
        self._execute = execute
        self._given = frozenset(known)

    def go(self) -> WalkResult:
        """Walk from the first section to the last that has a block.

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
        """Run only checks and verifies, each once; change nothing."""
        for place in self._page.sections:
            for block in place.blocks:
                tells_health = block.kind == "verify" or (
                    block.kind == "check" and place.name == "1"
                )
                if tells_health and not self._unknown(block):
                    self._run(place, block, patience_seconds=0.0)
        return self.result

    def undo_commands(self) -> list[list[str]]:
        """Return the commands that undo what was done, the last act first."""
        done = {step.id for step in self.result.steps if step.kind == "act"}
        acts = [b for b in self._page.blocks if b.id in done and b.undo]
        return [fill(b.undo or "", self.result.parameters) for b in reversed(acts)]

    def _visit(self, place: Section) -> str | None:
        """Run a section; return the next one, None at the end."""
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
        """Run the commands of a block until one fails; return one result."""
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
        """Match the result; named groups of the pattern fill placeholders."""
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
        """Return the next section; after a part like 2a comes the next number."""
        if len(place.name) > 1:
            return self._first_of(str(int(place.name[0]) + 1))
        names = self._names()
        later = names[names.index(place.name) + 1 :]
        return later[0] if later else None

    def _first_of(self, name: str) -> str | None:
        """Return the section of this name, or its first part."""
        names = self._names()
        return next((n for n in names if n == name or n[0] == name), None)

    def _names(self) -> list[str]:
        return [place.name for place in self._page.sections]


def find_branch(block: Block, output: str) -> Branch | None:
    """Return the first row of a block's table whose pattern matches the output."""
    for branch in block.branches:
        if re.search(branch.pattern, output, re.MULTILINE):
            return branch
    return None
