"""Placeholders in capitals: the only part of a command that a reader fills in."""

import re
import shlex
from collections.abc import Mapping
from typing import Final

PLACEHOLDER: Final = re.compile(r"\b[A-Z]{4,}\b")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")


class ParameterRefused(Exception):
    """A value is not a plain name, or the page has no such placeholder."""


class ParameterMissing(Exception):
    """A placeholder of a command has no value."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(
            f"{placeholder} is not known; give it with --set {placeholder}=…"
        )
        self.placeholder = placeholder


def find_placeholders(command: str) -> set[str]:
    """Return the placeholders of a command."""
    return set(PLACEHOLDER.findall(command))


def read_pair(text: str, asked: set[str]) -> tuple[str, str]:
    """Parse `INSTANCE=api-1` as a pair; raises ParameterRefused."""
    placeholder, separator, value = text.partition("=")
    if not separator or placeholder not in asked:
        offered = ", ".join(sorted(asked)) or "nothing"
        raise ParameterRefused(f"{text!r}: this page asks for {offered}, as NAME=value")
    return placeholder, accept(placeholder, value)


def accept(placeholder: str, value: str) -> str:
    """Return the value if it is a plain name; raises ParameterRefused.

    Commands are never read by a shell, and this keeps options out of them as well.
    """
    if not _NAME.fullmatch(value):
        raise ParameterRefused(
            f"{placeholder}={value!r}: expected a name like api-1"
            " (letters, digits, dashes)"
        )
    return value


def fill(command: str, known: Mapping[str, str]) -> list[str]:
    """Return the command as words without placeholders; raises ParameterMissing."""

    def value_of(placeholder: re.Match[str]) -> str:
        if placeholder[0] not in known:
            raise ParameterMissing(placeholder[0])
        return known[placeholder[0]]

    return [PLACEHOLDER.sub(value_of, word) for word in shlex.split(command)]
