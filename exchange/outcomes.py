"""Outcome files: the result of one load suite, experiment, check, drill or bench."""

import os
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from targets.verdict import Verdict

Kind = Literal["load", "chaos", "check", "drill", "bench", "cluster"]
MomentKind = Literal["fault", "proof", "recovered", "undone", "note"]


class Measurement(Struct, frozen=True):
    """One target, measured. `value` is in `unit`; `source` is like `load:steady`."""

    target: str
    value: float | None
    unit: str
    verdict: Verdict
    detail: str
    samples: int | None = None
    source: str = ""


class Point(Struct, frozen=True):
    """One interval seen by a client: `at` in epoch seconds, p50 and p95 in seconds."""

    at: float
    ok: int
    failed: int
    p50: float | None = None
    p95: float | None = None


class Moment(Struct, frozen=True):
    """One entry of a timeline; `at` is in epoch seconds."""

    at: float
    what: str
    kind: MomentKind


class Outcome(Struct, frozen=True, kw_only=True):
    """The result of one run. `started` and `ended` are ISO 8601 in UTC."""

    schema: Literal[1] = 1
    kind: Kind
    name: str
    title: str
    started: str
    ended: str
    verdict: Verdict
    invalid_because: list[str] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    series: list[Point] = field(default_factory=list)
    timeline: list[Moment] = field(default_factory=list)

    @property
    def source(self) -> str:
        """Return the name that a target's `proof` uses for this outcome."""
        return f"{self.kind}:{self.name}"


class OutcomeUnreadable(Exception):
    """The file is missing, or is not an outcome; the message is one line."""


def write_outcome(outcome: Outcome, path: Path) -> None:
    """Write the outcome in one step; missing parent folders are created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    body = msgspec.json.format(msgspec.json.encode(outcome), indent=1)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(body + b"\n")
    unfinished.replace(path)


def read_outcome(path: Path) -> Outcome:
    """Return the outcome in the file `path`; raises OutcomeUnreadable."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Outcome)
    except FileNotFoundError as missing:
        raise OutcomeUnreadable(f"{path.name} was not written") from missing
    except msgspec.DecodeError as damage:
        raise OutcomeUnreadable(f"{path.name} is not an outcome: {damage}") from damage
