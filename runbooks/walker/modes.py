"""The modes of a walk: interactive, unattended, checks only, dry run."""

import shlex
import sys
from typing import Final

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.markdown import Markdown
from rich.prompt import Confirm
from rich.text import Text

from runbooks.walker.blocks import Block
from runbooks.walker.execution import execute
from runbooks.walker.interfaces import Terminal, Unattended
from runbooks.walker.pages import Page
from runbooks.walker.placeholders import PLACEHOLDER, find_placeholders, read_pair
from runbooks.walker.walk import Walk, WalkResult

INTERRUPTED: Final = 130
_LAST: Final = ("5", "6")


class WalkOptions(Struct, frozen=True, kw_only=True):
    """Options of a walk: without questions, as JSON, with known placeholders."""

    yes: bool = False
    json: bool = False
    given: tuple[str, ...] = ()


def walk_page(page: Page, options: WalkOptions, console: Console) -> int:
    """Walk to the end of the page; 0 recovered, 1 not, 130 interrupted.

    Raises ParameterMissing, ParameterRefused.
    """
    interface = (
        Terminal(console)
        if not options.yes
        else Unattended(None if options.json else console)
    )
    walk = Walk(page, interface, execute, read_given(page, options.given))
    try:
        result = walk.go()
    except KeyboardInterrupt:
        console.print("\ninterrupted; what was done stays done")
        _offer_undo(walk, console, asked=False)
        return INTERRUPTED
    finally:
        if options.json:
            sys.stdout.write(msgspec.json.encode(walk.result).decode() + "\n")
    if not options.json:
        _print_ending(page, walk, console, asked=not options.yes)
    return 0 if result.ending == "better" else 1


def probe_page(page: Page, given: tuple[str, ...]) -> WalkResult:
    """Run every check and verify once; raises ParameterRefused."""
    return Walk(page, Unattended(), execute, read_given(page, given)).probe()


def read_given(page: Page, given: tuple[str, ...]) -> dict[str, str]:
    """Return the placeholders given by `--set`; raises ParameterRefused."""
    asked = {
        placeholder for block in page.blocks for placeholder in _placeholders(block)
    }
    return dict(read_pair(pair, asked) for pair in given)


def print_plan(page: Page, given: tuple[str, ...], console: Console) -> None:
    """Print every command of the page, with the known placeholders filled in."""
    known = read_given(page, given)
    for place in page.sections:
        if not place.blocks:
            continue
        console.print(Text(f"{place.name}. {place.title}", "bold"))
        for block in place.blocks:
            for command in block.commands:
                filled = PLACEHOLDER.sub(
                    lambda placeholder: known.get(placeholder[0], placeholder[0]),
                    command,
                )
                console.print(Text(f"  {block.kind:<7}{filled}"), soft_wrap=True)
            if block.kind == "act":
                console.print(Text(f"  {'undo':<7}{block.undo or 'none'}", "dim"))
            for branch in block.branches:
                row = f"    {branch.pattern}  →  {branch.do}"
                console.print(Text(row, "dim"), soft_wrap=True)


def _placeholders(block: Block) -> set[str]:
    return {
        placeholder
        for command in block.commands
        for placeholder in find_placeholders(command)
    }


def _print_ending(page: Page, walk: Walk, console: Console, *, asked: bool) -> None:
    better = walk.result.ending == "better"
    console.print(
        Text(f"It is {walk.result.ending}." if better else walk.result.ending)
    )
    if better:
        return
    _offer_undo(walk, console, asked=asked)
    for place in page.sections:
        if place.name in _LAST:
            console.rule(f"[bold]{place.name}. {place.title}", align="left")
            console.print(Markdown(place.prose))


def _offer_undo(walk: Walk, console: Console, *, asked: bool) -> None:
    for words in walk.undo_commands():
        line = shlex.join(words)
        if asked and Confirm.ask(f"Undo with `{line}`?", console=console):
            done = execute(words, timeout_seconds=120)
            console.print(Text(done.output.rstrip(), "dim"))
        elif not asked:
            console.print(Text(f"to undo: {line}"), soft_wrap=True)
