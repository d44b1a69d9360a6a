"""The two interfaces of a walk: a person at a terminal, or unattended."""

import shlex
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.prompt import Prompt
from rich.text import Text

from runbooks.walker.blocks import Block, Branch, Section
from runbooks.walker.placeholders import ParameterRefused, accept
from runbooks.walker.walk import Choice, Step

_STOP: Final = "stop"
_SHOWN_LINES: Final = 40
_WORDS: Final = {
    "check": "looks, changes nothing",
    "look": "looks, changes nothing",
    "act": "changes something",
    "verify": "asks until it is better",
}


class Terminal:
    """Show every step, and ask before each change."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def enter(self, place: Section) -> None:
        self._console.rule(f"[bold]{place.name}. {place.title}", align="left")
        self._console.print(Markdown(place.prose))
        if place.prose and not place.blocks:
            Prompt.ask("Go on?", console=self._console, choices=["yes"], default="yes")

    def approve(self, block: Block, commands: Sequence[Sequence[str]]) -> Choice:
        self._console.print(f"[dim]{block.kind}: {_WORDS[block.kind]}[/]")
        for words in commands:
            self._console.print(
                Text("  $ " + shlex.join(words), "bold"), soft_wrap=True
            )
        if block.kind != "act":
            return "run"
        reason = block.options.get("reason", "")
        undo = block.undo or f"nothing to undo: {reason}"
        self._console.print(Text(f"  undo: {undo}", "dim"))
        done = Prompt.ask(
            "Run it?", console=self._console, choices=["yes", "skip", _STOP]
        )
        return {"yes": "run", "skip": "skip"}.get(done, "stop")  # type: ignore[return-value]  # the choices are these

    def fill(self, placeholder: str, meaning: str) -> str | None:
        while True:
            value = Prompt.ask(f"{placeholder} ({meaning})", console=self._console)
            try:
                return accept(placeholder, value)
            except ParameterRefused as refused:
                self._console.print(Text(str(refused), "red"))

    def report(self, step: Step, branch: Branch | None) -> None:
        lines = step.output.rstrip().splitlines()
        shown = "\n".join(lines[:_SHOWN_LINES])
        self._console.print(Padding(Text(shown, "dim"), (0, 0, 0, 4)), soft_wrap=True)
        if len(lines) > _SHOWN_LINES:
            self._console.print(f"    … and {len(lines) - _SHOWN_LINES} lines more")
        self._console.print(describe(step))
        if branch is not None:
            self._console.print(Text(f"  → {branch.remark or branch.pattern}", "cyan"))
            self._console.print(Text(f"    {branch.do}", "bold cyan"))

    def choose_section(self, names: Sequence[str]) -> str | None:
        done = Prompt.ask(
            "Where do you want to go on?",
            console=self._console,
            choices=[*names, _STOP],
            default=_STOP,
        )
        return None if done == _STOP else done


class Unattended:
    """Run every block without a question; a decision for a person ends the walk."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console

    def enter(self, place: Section) -> None:
        if self._console is not None:
            self._console.print(f"[bold]{place.name}. {place.title}[/]")

    def approve(self, block: Block, commands: Sequence[Sequence[str]]) -> Choice:  # noqa: ARG002 - the interface's signature
        return "run"

    def fill(self, placeholder: str, meaning: str) -> str | None:  # noqa: ARG002 - the interface's signature
        return None

    def report(self, step: Step, branch: Branch | None) -> None:
        if self._console is None:
            return
        self._console.print(Text(f"  $ {step.command}"), soft_wrap=True)
        self._console.print(describe(step))
        if branch is not None:
            self._console.print(Text(f"  → {branch.do}", "cyan"))

    def choose_section(self, names: Sequence[str]) -> str | None:  # noqa: ARG002 - the interface's signature
        return None


def describe(step: Step) -> Text:
    """Return the result of a block in one line."""
    code = "stopped" if step.exit is None else f"exit {step.exit}"
    said = {
        None: "",
        True: ", as expected",
        False: ", not what was expected",
    }[step.matched]
    style = "yellow" if step.matched is False else "green"
    return Text(f"  {code} after {step.seconds:.1f} s{said}", style)
