"""One walk as somebody asked for it: alone, with a person, on paper only."""

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
from runbooks.walker.filling import GAP, find_gaps, read_pair
from runbooks.walker.interfaces import Nobody, Person
from runbooks.walker.pages import Page
from runbooks.walker.walk import Story, Walk

INTERRUPTED: Final = 130
_LAST: Final = ("5", "6")


class Wish(Struct, frozen=True, kw_only=True):
    """How to walk: without asking, as JSON, with what is known beforehand."""

    yes: bool = False
    json: bool = False
    given: tuple[str, ...] = ()


def walk_page(page: Page, wish: Wish, console: Console) -> int:
    """Walk to the end of the page; 0 better, 1 not, 130 interrupted.

    Raises ParameterMissing, ParameterRefused.
    """
    guide = Person(console) if not wish.yes else Nobody(None if wish.json else console)
    walk = Walk(page, guide, execute, read_given(page, wish.given))
    try:
        story = walk.go()
    except KeyboardInterrupt:
        console.print("\ninterrupted; what was done stays done")
        _offer_undo(walk, console, asked=False)
        return INTERRUPTED
    finally:
        if wish.json:
            sys.stdout.write(msgspec.json.encode(walk.story).decode() + "\n")
    if not wish.json:
        _conclude(page, walk, console, asked=not wish.yes)
    return 0 if story.ending == "better" else 1


def probe_page(page: Page, given: tuple[str, ...]) -> Story:
    """Ask every check and verify once; raises ParameterRefused."""
    return Walk(page, Nobody(), execute, read_given(page, given)).probe()


def read_given(page: Page, given: tuple[str, ...]) -> dict[str, str]:
    """What `--set` says, as far as the page asks for it; raises ParameterRefused."""
    asked = {gap for block in page.blocks for gap in _gaps(block)}
    return dict(read_pair(pair, asked) for pair in given)


def print_plan(page: Page, given: tuple[str, ...], console: Console) -> None:
    """Every command of the page in its order, filled in as far as it is known."""
    known = read_given(page, given)
    for place in page.places:
        if not place.blocks:
            continue
        console.print(Text(f"{place.name}. {place.title}", "bold"))
        for block in place.blocks:
            for command in block.commands:
                filled = GAP.sub(lambda gap: known.get(gap[0], gap[0]), command)
                console.print(Text(f"  {block.kind:<7}{filled}"), soft_wrap=True)
            if block.kind == "act":
                console.print(Text(f"  {'undo':<7}{block.undo or 'none'}", "dim"))
            for branch in block.branches:
                row = f"    {branch.pattern}  →  {branch.do}"
                console.print(Text(row, "dim"), soft_wrap=True)


def _gaps(block: Block) -> set[str]:
    return {gap for command in block.commands for gap in find_gaps(command)}


def _conclude(page: Page, walk: Walk, console: Console, *, asked: bool) -> None:
    better = walk.story.ending == "better"
    console.print(Text(f"It is {walk.story.ending}." if better else walk.story.ending))
    if better:
        return
    _offer_undo(walk, console, asked=asked)
    for place in page.places:
        if place.name in _LAST:
            console.rule(f"[bold]{place.name}. {place.title}", align="left")
            console.print(Markdown(place.prose))


def _offer_undo(walk: Walk, console: Console, *, asked: bool) -> None:
    for words in walk.undoings():
        line = shlex.join(words)
        if asked and Confirm.ask(f"Undo with `{line}`?", console=console):
            answer = execute(words, timeout_seconds=120)
            console.print(Text(answer.output.rstrip(), "dim"))
        elif not asked:
            console.print(Text(f"to undo: {line}"), soft_wrap=True)
