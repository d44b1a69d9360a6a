"""A runbook page: front matter, numbers of targets, sections and blocks."""

import difflib
import re
from functools import partial
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from runbooks.walker.blocks import (
    BLOCK,
    Block,
    BlockMalformed,
    Section,
    read_block,
    read_sections,
)
from targets import Targets
from targets.units import Quantity

FOLDER: Final = Path(__file__).parents[1]
FRONT: Final = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
NUMBER: Final = re.compile(r"\{\{ ([a-z]+\.[a-z0-9-]+)(\.for|\.value)? \}\}")
_MATCHES: Final = 3


class Front(Struct, frozen=True, forbid_unknown_fields=True):
    """The front matter of a page."""

    id: str
    alerts: tuple[str, ...]
    targets: tuple[str, ...]
    experiment: str | None
    """The experiment whose fault this page repairs; None without one."""
    severity: Literal["page", "ticket"]
    blast_radius: str
    drill: str | None = None
    """The alert drill that runs this page; None without one."""


class Page(Struct, frozen=True):
    """A page with its numbers filled in."""

    front: Front
    body: str
    sections: tuple[Section, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Every block in the order of the page."""
        return tuple(block for place in self.sections for block in place.blocks)


class PageUnreadable(Exception):
    """A page is malformed; the message names the page and the fault."""


class PageMissing(Exception):
    """No page and no alert has this name; the message lists similar names."""

    def __init__(self, name: str, known: list[str]) -> None:
        similar = difflib.get_close_matches(name, known, n=_MATCHES, cutoff=0.4)
        hint = f"did you mean {', '.join(similar)}?" if similar else "no name is near"
        super().__init__(
            f"no page or alert is called {name}; {hint} "
            "(`python -m runbooks` lists them)"
        )


def page_paths(folder: Path = FOLDER) -> list[Path]:
    """Return the path of every page by name, without the index."""
    return sorted(path for path in folder.glob("*.md") if path.stem != "README")


def find_page(name: str, targets: Targets, folder: Path = FOLDER) -> Page:
    """Return the page with this id, or of the alert with this name.

    Raises PageMissing, PageUnreadable.
    """
    known: list[str] = []
    for path in page_paths(folder):
        page = read_page(path, targets)
        names = [page.front.id, *page.front.alerts]
        if name in names:
            return page
        known += names
    raise PageMissing(name, known)


def read_page(path: Path, targets: Targets) -> Page:
    """Read one page; raises PageUnreadable for a bad head, number or block."""
    text = path.read_text(encoding="utf-8")
    head = FRONT.match(text)
    if head is None:
        raise PageUnreadable(f"{path.name}: no front matter")
    try:
        front = msgspec.yaml.decode(head[1], type=Front)
        body = NUMBER.sub(partial(_fill, path.name, targets), text[head.end() :])
        return Page(front, body, read_sections(body))
    except (msgspec.MsgspecError, BlockMalformed) as wrong:
        raise PageUnreadable(f"{path.name}: {wrong}") from wrong


def readable(body: str) -> str:
    """Return the body for readers: blocks as shell, with a comment on placeholders."""
    return BLOCK.sub(_as_shell, body)


def _as_shell(found: re.Match[str]) -> str:
    block = read_block(found[0])
    remark = block.options.get("with")
    head = f"# {remark}\n" if remark else ""
    return f"```sh\n{head}{found[3]}\n```"


def _fill(page: str, targets: Targets, found: re.Match[str]) -> str:
    try:
        target = targets.find(found[1])
    except KeyError:
        raise PageUnreadable(f"{page}: {found[1]} is not a target") from None
    if found[2] == ".value":
        return f"{target.value:g}"
    number = getattr(target, "for_", None) if found[2] else target.promised
    if isinstance(number, Quantity):
        return number.text
    if isinstance(number, int):
        return str(number)
    raise PageUnreadable(f"{page}: {found[0]} has no single number")
