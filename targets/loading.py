"""Strict reader of targets.toml: every error is one line that names its key."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from targets.catalog import FAMILIES, Targets
from targets.families import Assumptions, Budget, Later, Proofs, Reference, Signal
from targets.references import check_references
from targets.units import Quantity

_TABLES: dict[str, type[Struct]] = {"signal": Signal, "later": Later}
_SINGLE: dict[str, type[Struct]] = {
    "budget": Budget,
    "proof": Proofs,
    "assume": Assumptions,
    "reference": Reference,
}
_MISSING = re.compile(r"Object missing required field `(.+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
_S = TypeVar("_S", bound=Struct)


class TargetsUnreadable(Exception):
    """targets.toml has errors; every line of the message names one key."""


def parse(text: str) -> Targets:
    """Parse the text of a targets file; raises TargetsUnreadable."""
    tree = _parse_toml(text)
    complaints: list[str] = []
    parts: dict[str, Any] = {"service": tree.pop("service", None)}
    if not isinstance(parts["service"], str):
        complaints.append("service: wants a name")
    if tree.pop("schema", None) != 1:
        complaints.append("schema: wants 1")
    for name, single in _SINGLE.items():
        parts[name] = _convert(tree.pop(name, None), single, name, complaints)
    for name, kind in (_TABLES | FAMILIES).items():
        table = tree.pop(name, None)
        parts[name] = _convert_table(table, kind, name, complaints)
    parts["resolution"] = _read_reasons(tree.pop("resolution", {}), complaints)
    complaints += [f"{key}: unknown table or key" for key in tree]
    if not complaints:
        complaints += check_references(Targets(**parts))
    if complaints:
        raise TargetsUnreadable("\n".join(complaints))
    return Targets(**parts)


@cache
def load() -> Targets:
    """Return the platform's targets, read once; raises TargetsUnreadable."""
    return parse(locate().read_text(encoding="utf-8"))


def locate() -> Path:
    """Return the path of targets.toml: beside this file in a wheel, or the root."""
    packaged = Path(__file__).with_name("targets.toml")
    return packaged if packaged.exists() else packaged.parents[1] / packaged.name


def edges(signal: str) -> tuple[float, ...]:
    """Return `Targets.edges` of the platform's own file."""
    return load().edges(signal)


def _parse_toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as damage:
        raise TargetsUnreadable(_locate_damage(text, str(damage))) from damage


def _locate_damage(text: str, complaint: str) -> str:
    found = re.search(r"line (\d+)", complaint)
    if found is None:
        return f"targets.toml: {complaint}"
    above = text.splitlines()[: int(found[1])]
    tables = [line.strip().strip("[]") for line in above if line.startswith("[")]
    key = above[-1].partition("=")[0].strip()
    place = tables[-1:] if key.startswith("[") else [*tables[-1:], key]
    return f"{'.'.join(place)}: {complaint}"


def _convert_table(
    table: object, kind: type[_S], path: str, complaints: list[str]
) -> dict[str, _S | None]:
    if not isinstance(table, dict) or not table:
        complaints.append(f"{path}: missing table")
        return {}
    return {
        name: _convert(entry, kind, f"{path}.{name}", complaints)
        for name, entry in table.items()
    }


def _convert(
    entry: object, kind: type[_S], path: str, complaints: list[str]
) -> _S | None:
    if entry is None:
        complaints.append(f"{path}: missing table")
        return None
    try:
        return msgspec.convert(entry, kind, dec_hook=_decode_quantity)
    except msgspec.ValidationError as wrong:
        complaints.append(_explain(path, str(wrong)))
        return None


def _explain(path: str, complaint: str) -> str:
    what, _, where = complaint.partition(" - at `$")
    path += where.rstrip("`")
    if missing := _MISSING.fullmatch(what):
        return f"{path}.{missing[1]}: missing"
    if unknown := _UNKNOWN.fullmatch(what):
        return f"{path}.{unknown[1]}: unknown key"
    return f"{path}: {what}"


def _decode_quantity(kind: type, raw: object) -> object:
    if not issubclass(kind, Quantity):
        raise NotImplementedError(kind)
    if not isinstance(raw, str):
        raise TypeError(f"{raw!r} has no unit: write a string with one")
    return kind.parse(raw)


def _read_reasons(table: object, complaints: list[str]) -> dict[str, str]:
    if not isinstance(table, dict):
        complaints.append("resolution: missing table")
        return {}
    complaints += [
        f"resolution.{name}: wants a reason in words"
        for name, reason in table.items()
        if not isinstance(reason, str) or not reason.strip()
    ]
    return table
