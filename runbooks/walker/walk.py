"""Walks through a page: runs a block, compares, follows the branch, to the end."""

import re
import time
from collections.abc import Callable, Sequence
from typing import Final, Literal, Protocol

from msgspec import Struct

from runbooks.walker.blocks import Block, Branch, Place
from runbooks.walker.execution import Answer
from runbooks.walker.filling import ParameterMissing, accept, fill, find_gaps
from runbooks.walker.pages import Page

Ending = Literal["better", "still ill", "nowhere to go", "refused", "act failed"]
Choice = Literal["run", "skip", "stop"]
Execute = Callable[..., Answer]
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


class Story(Struct, kw_only=True):
    """Everything one walk did, for people and machines."""

    page: str
    ending: Ending = "nowhere to go"
    parameters: dict[str, str] = {}
    steps: list[Step] = []


class Guide(Protocol):
    """Whoever decides: a person at a terminal, or nobody with `--yes`."""

    def enter(self, place: Place) -> None:
        """A place begins."""

    def approve(self, block: Block, commands: Sequence[Sequence[str]]) -> Choice:
        """Before a block runs."""

    def fill(self, gap: str, meaning: str) -> str | None:
        """A value for a gap that no output told; None when nobody knows."""

    def report(self, step: Step, branch: Branch | None) -> None:
        """After a block ran."""

    def choose_place(self, names: Sequence[str]) -> str | None:
        """Where to go when no branch fits; None is nowhere."""


class Walk:
    """One walk through one page; `story` is filled as it goes, also when it breaks."""

    def __init__(
        self, page: Page, guide: Guide, execute: Execute, known: dict[str, str]
    ) -> None:
        self.story = Story(page=page.front.id, parameters=dict(known), steps=[])
        self._page = page
        self._guide = guide
        self._execute = execute
        self._given = frozenset(known)

    def go(self) -> Story:
        """From the first place to the last that has something to run.

        Raises ParameterMissing, ParameterRefused.
        """
        places = {place.name: place for place in self._page.places}
        name: str | None = "1"
        for _ in range(_MOST_VISITS):
            if name is None or name not in places or name > _WHY:
                break
            self._guide.enter(places[name])
            name = self._visit(places[name])
        return self.story

    def probe(self) -> Story:
        """Only what tells illness from health, each once; nothing is changed."""
        for place in self._page.places:
            for block in place.blocks:
                telling = block.kind == "verify" or (
                    block.kind == "check" and place.name == "1"
                )
                if telling and not self._unknown(block):
                    self._run(place, block, patience_seconds=0.0)
        return self.story

    def undoings(self) -> list[list[str]]:
        """Commands that take back what was done, the last act first."""
        done = {step.id for step in self.story.steps if step.kind == "act"}
        acts = [b for b in self._page.blocks if b.id in done and b.undo]
        return [fill(b.undo or "", self.story.parameters) for b in reversed(acts)]

    def _visit(self, place: Place) -> str | None:
        """Run a place; answers with the next one, None at the end."""
        for block in place.blocks:
            choice = self._prepare(block)
            if choice == "stop":
                self.story.ending = "refused"
                return None
            if choice == "skip":
                continue
            patience = block.within_seconds
            step, branch = self._run(place, block, patience_seconds=patience)
            if step.kind == "act" and step.exit != 0:
                self.story.ending = "act failed"
                return self._guide.choose_place(self._names())
            if step.kind == "verify":
                self.story.ending = "better" if step.matched else "still ill"
                return self._after(place) if step.matched else None
            if branch is not None and branch.place is not None:
                return self._first_of(branch.place)
            if block.branches:
                return self._guide.choose_place(self._names())
        return self._after(place)

    def _prepare(self, block: Block) -> Choice:
        for gap in sorted(self._unknown(block)):
            meaning = block.options.get("with", "").partition(": ")[2]
            value = self._guide.fill(gap, meaning)
            if value is None and block.kind == "look":
                return "skip"
            if value is None:
                raise ParameterMissing(gap)
            self.story.parameters[gap] = accept(gap, value)
        return self._guide.approve(block, self._commands(block))

    def _unknown(self, block: Block) -> set[str]:
        gaps = {gap for command in block.commands for gap in find_gaps(command)}
        return {gap for gap in gaps if gap not in self.story.parameters}

    def _commands(self, block: Block) -> list[list[str]]:
        return [fill(command, self.story.parameters) for command in block.commands]

    def _run(
        self, place: Place, block: Block, *, patience_seconds: float
    ) -> tuple[Step, Branch | None]:
        deadline = time.monotonic() + patience_seconds
        began, clock = time.time(), time.monotonic()
        while True:
            answer = self._ask(block)
            matched = self._compare(block, answer)
            if block.kind != "verify" or matched or time.monotonic() >= deadline:
                break
            time.sleep(_POLL_SECONDS)
        branch = find_branch(block, answer.output)
        step = Step(
            id=block.id,
            kind=block.kind,
            place=place.name,
            command=answer.command,
            exit=answer.exit,
            output=answer.output,
            matched=matched,
            seconds=round(time.monotonic() - clock, 3),
            began=began,
            leads_to=branch.place if branch else None,
        )
        self.story.steps.append(step)
        self._guide.report(step, branch)
        return step, branch

    def _ask(self, block: Block) -> Answer:
        """All commands of a block, as far as they succeed, as one answer."""
        together = Answer("", 0, "", 0.0)
        for words in self._commands(block):
            answer = self._execute(words, timeout_seconds=block.timeout_seconds)
            together = Answer(
                "\n".join(filter(None, (together.command, answer.command))),
                answer.exit,
                together.output + answer.output,
                together.seconds + answer.seconds,
            )
            if answer.exit != 0:
                break
        return together

    def _compare(self, block: Block, answer: Answer) -> bool | None:
        """Whether the answer is as expected; names in the pattern become known."""
        if block.expect is None:
            return None
        found = re.search(block.expect, answer.output, re.MULTILINE)
        if found is None:
            return False
        for gap, value in found.groupdict().items():
            if value and gap not in self._given:
                self.story.parameters[gap] = accept(gap, value)
        return True

    def _after(self, place: Place) -> str | None:
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
        return [place.name for place in self._page.places]


def find_branch(block: Block, output: str) -> Branch | None:
    """The first row of the table under a block that its output matches."""
    for branch in block.branches:
        if re.search(branch.pattern, output, re.MULTILINE):
            return branch
    return None
