"""A runbook page: what it is for, the numbers it speaks of, the blocks one can run."""

import re
import shlex
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from targets import Targets
from targets.units import Quantity

FOLDER: Final = Path(__file__).parent
FRONT: Final = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
NUMBER: Final = re.compile(r"\{\{ ([a-z]+\.[a-z0-9-]+)(\.for)? \}\}")
BLOCK: Final = re.compile(
    r"^```(check|act|verify|undo)([^\n]*)\n(.*?)\n```$", re.DOTALL | re.MULTILINE
)


class Front(Struct, frozen=True, forbid_unknown_fields=True):
    """The head of a page."""

    id: str
    alerts: tuple[str, ...]
    targets: tuple[str, ...]
    experiment: str | None
    """The fault that shows this page at work; None says that no experiment does."""
    severity: Literal["page", "ticket"]
    blast_radius: str


class Block(Struct, frozen=True):
    """Commands of a page: to look, to act, to see that it is better, to take back."""

    kind: str
    options: dict[str, str]
    commands: tuple[str, ...]


class Page(Struct, frozen=True):
    """A page with its numbers filled in."""

    front: Front
    body: str
    blocks: tuple[Block, ...]


class PageUnreadable(Exception):
    """A page is malformed; the message names the page and the fault."""


def page_paths(folder: Path = FOLDER) -> list[Path]:
    """Every page, in the order of their names; the index is none."""
    return sorted(path for path in folder.glob("*.md") if path.stem != "README")


def read_page(path: Path, promised: Targets) -> Page:
    """Read one page; raises PageUnreadable for a bad head, number or block."""
    text = path.read_text(encoding="utf-8")
    head = FRONT.match(text)
    if head is None:
        raise PageUnreadable(f"{path.name}: no front matter")
    try:
        front = msgspec.yaml.decode(head[1], type=Front)
    except msgspec.MsgspecError as wrong:
        raise PageUnreadable(f"{path.name}: {wrong}") from wrong
    body = NUMBER.sub(partial(_fill, path.name, promised), text[head.end() :])
    return Page(front, body, tuple(_read_blocks(body)))


def readable(body: str) -> str:
    """The body for people: blocks as shell, with a remark on what is to fill in."""
    return BLOCK.sub(_as_shell, body)


def _as_shell(found: re.Match[str]) -> str:
    remark = _options(found[2]).get("with")
    head = f"# {remark}\n" if remark else ""
    return f"```sh\n{head}{found[3]}\n```"


def _options(text: str) -> dict[str, str]:
    return dict(option.partition("=")[::2] for option in shlex.split(text))


def _fill(page: str, promised: Targets, found: re.Match[str]) -> str:
    try:
        target = promised.find(found[1])
    except KeyError:
        raise PageUnreadable(f"{page}: {found[1]} is not a target") from None
    number = getattr(target, "for_", None) if found[2] else target.promised
    if isinstance(number, Quantity):
        return number.text
    if isinstance(number, int):
        return str(number)
    raise PageUnreadable(f"{page}: {found[0]} has no single number")


def _read_blocks(body: str) -> list[Block]:
    return [
        Block(
            kind,
            _options(options),
            tuple(line for line in commands.splitlines() if line.strip()),
        )
        for kind, options, commands in BLOCK.findall(body)
    ]
