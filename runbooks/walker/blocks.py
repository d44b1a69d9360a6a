"""The sections of a page, their blocks, and the branches of each block."""

import re
import shlex
from collections.abc import Iterator
from typing import Final, Literal, get_args

from msgspec import Struct

Kind = Literal["check", "look", "act", "verify"]
NEVER: Final = "none"
_SECONDS: Final = {"check": 30.0, "look": 30.0, "act": 120.0, "verify": 30.0}
BLOCK: Final = re.compile(
    rf"^```({'|'.join(get_args(Kind))})([^\n]*)\n(.*?)\n```$", re.DOTALL | re.MULTILINE
)
_TOKEN: Final = re.compile(
    r"^## (?P<section>\d)\. (?P<title>[^\n]*)\n"
    r"|^\*\*(?P<part>\d[a-z])\. (?P<name>[^*\n]*)\*\*"
    rf"|(?P<block>{BLOCK.pattern})"
    r"|(?P<table>(?:^\|[^\n]*\n?)+)",
    re.DOTALL | re.MULTILINE,
)
_ROW: Final = re.compile(r"^\| *(?P<output>.*?) *(?<!\\)\| *(?P<do>.*?) *\|$")
_PATTERN: Final = re.compile(r"^`(.+?)`(.*)$")
_GO: Final = re.compile(r"\bgo to (\d[a-z]?)\b")
_SPAN: Final = re.compile(r"(\d+)(s|m)")


class BlockMalformed(Exception):
    """A block or a table cannot be read; the message says what is wrong with it."""


class Branch(Struct, frozen=True):
    """One row under a block: a pattern for its output, an action, the next section."""

    pattern: str
    remark: str
    do: str
    place: str | None


class Block(Struct, frozen=True, kw_only=True):
    """Commands of a page.

    `check` tells a fault (`expect` matches) from health, `look` only shows, `act`
    changes something and says how to undo it, `verify` is repeated until `expect`
    matches or `within_seconds` are over.
    """

    kind: Kind
    id: str
    options: dict[str, str]
    commands: tuple[str, ...]
    branches: tuple[Branch, ...] = ()

    @property
    def expect(self) -> str | None:
        return self.options.get("expect")

    @property
    def undo(self) -> str | None:
        """The command that undoes an act; None when there is none."""
        undo = self.options.get("undo", NEVER)
        return None if undo == NEVER else undo

    @property
    def timeout_seconds(self) -> float:
        """The time limit of each command."""
        given = self.options.get("timeout")
        return read_span(given) if given else _SECONDS[self.kind]

    @property
    def within_seconds(self) -> float:
        """The time limit of a `verify` until it succeeds."""
        return read_span(self.options.get("within", "0s"))


class Section(Struct, frozen=True):
    """A numbered part of the page, like `1` or `2a`."""

    name: str
    title: str
    prose: str
    blocks: tuple[Block, ...]


def read_span(text: str) -> float:
    """Return `90s` or `2m` in seconds; raises BlockMalformed."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise BlockMalformed(f"{text!r} is no span of time like 30s or 2m")
    return float(found[1]) * (60 if found[2] == "m" else 1)


def read_sections(body: str) -> tuple[Section, ...]:
    """Return the sections of a page in order; raises BlockMalformed."""
    sections: list[Section] = []
    for text, found in _pieces(body):
        if sections and text.strip():
            sections[-1] = _extend(sections[-1], prose=text.strip())
        if found is None:
            break
        if found["section"] or found["part"]:
            name = found["section"] or found["part"]
            sections.append(Section(name, found["title"] or found["name"], "", ()))
        elif not sections:
            raise BlockMalformed("a block stands before the first heading")
        elif found["block"]:
            sections[-1] = _extend(sections[-1], block=read_block(found["block"]))
        else:
            sections[-1] = _branch(sections[-1], tuple(_read_rows(found["table"])))
    return tuple(sections)


def read_block(text: str) -> Block:
    """Parse one fenced block; raises BlockMalformed."""
    found = BLOCK.fullmatch(text)
    if found is None:
        raise BlockMalformed(f"not a block: {text.splitlines()[0]}")
    kind, words, commands = found[1], found[2], found[3]
    try:
        parts = shlex.split(words)
    except ValueError as wrong:
        raise BlockMalformed(f"{words.strip()}: {wrong}") from wrong
    options = dict(part.partition("=")[::2] for part in parts)
    lines = tuple(line for line in commands.splitlines() if line.strip())
    return Block(
        kind=kind,  # type: ignore[arg-type]  # the pattern admits these kinds only
        id=options.get("id", kind),
        options=options,
        commands=lines,
    )


def _pieces(body: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Yield prose and the token after it; the last has no token."""
    start = 0
    for found in _TOKEN.finditer(body):
        yield body[start : found.start()], found
        start = found.end()
    yield body[start:], None


def _extend(place: Section, *, prose: str = "", block: Block | None = None) -> Section:
    together = f"{place.prose}\n\n{prose}".strip()
    blocks = (*place.blocks, block) if block else place.blocks
    return Section(place.name, place.title, together, blocks)


def _branch(place: Section, rows: tuple[Branch, ...]) -> Section:
    if not place.blocks:
        raise BlockMalformed(f"the table of {place.name} follows no block")
    *before, last = place.blocks
    branched = Block(
        kind=last.kind,
        id=last.id,
        options=last.options,
        commands=last.commands,
        branches=rows,
    )
    return Section(place.name, place.title, place.prose, (*before, branched))


def _read_rows(table: str) -> Iterator[Branch]:
    head, rule, *rows = table.strip().splitlines()
    if not _ROW.match(head) or set(rule) - set("|-: "):
        raise BlockMalformed(f"no table head: {head}")
    for row in rows:
        found = _ROW.match(row)
        pattern = _PATTERN.match(found["output"]) if found else None
        if found is None or pattern is None:
            raise BlockMalformed(f"a row wants `pattern` words | what to do |: {row}")
        go = _GO.search(found["do"])
        yield Branch(
            pattern=pattern[1].replace("\\|", "|"),
            remark=pattern[2].strip(),
            do=found["do"],
            place=go[1] if go else None,
        )
