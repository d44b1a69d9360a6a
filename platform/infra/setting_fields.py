"""Declare stack settings as dataclass fields, and read them from Pulumi's config.

A field names its setting, its parser and, where it may be absent, its default. A parser
raises `ValueError` with what it expected, and the reader adds the setting's name.
"""

import re
from collections.abc import Callable
from dataclasses import field, fields
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import pulumi
from pulumi.runtime.config import is_config_secret

G = TypeVar("G")
Parser = Callable[[str], Any]
REQUIRED: Final = object()
DECLARED: Final = "setting"
PROGRAM: Final = Path(__file__).parents[1]
"""The folder that relative paths in settings start from."""


class InvalidSetting(pulumi.RunError):
    """A stack setting is missing or unusable; one line that names it."""

    def __init__(self, key: str, problem: str, *, secret: bool = False) -> None:
        flag = "--secret " if secret else ""
        super().__init__(
            f"holdfast:{key} {problem}; run: pulumi config set {flag}holdfast:{key} …"
        )


class Declaration(NamedTuple):
    """One setting: its key in the stack file, its parser and its default."""

    key: str
    parse: Parser
    default: object


def setting(key: str, parse: Parser, default: object = REQUIRED) -> Any:  # noqa: ANN401 as dataclasses.field
    """Return a dataclass field that `read_group` fills from the setting `key`."""
    return field(metadata={DECLARED: Declaration(key, parse, default)})


def read_group(group: type[G], config: pulumi.Config, **others: object) -> G:
    """Return `group` with each declared field read; `others` are the other fields.

    Raises `InvalidSetting` for the first setting that is missing or unusable.
    """
    declared = {
        item.name: read_value(config, *item.metadata[DECLARED])
        for item in fields(group)  # type: ignore[arg-type]  # every group is a dataclass
        if DECLARED in item.metadata
    }
    return group(**declared, **others)


def read_value(
    config: pulumi.Config, key: str, parse: Parser, default: object = REQUIRED
) -> Any:  # noqa: ANN401 as its parser returns
    """Return one parsed value, or its default; raises `InvalidSetting`."""
    text = config.get(key)
    if not text:
        if default is REQUIRED:
            raise InvalidSetting(key, "is not set")
        return default
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidSetting(key, f"is {text!r}, {error}") from None


def read_secret(config: pulumi.Config, key: str) -> pulumi.Output[str]:
    """Return a value that the stack file holds encrypted; raises `InvalidSetting`."""
    value = config.get_secret(key)
    if value is None:
        raise InvalidSetting(key, "is not set", secret=True)
    if not is_config_secret(f"{config.name}:{key}"):
        raise InvalidSetting(key, "lies in the stack file in plain text", secret=True)
    return value


def matching(pattern: str, expected: str) -> Parser:
    """Return a parser of texts of one form; `expected` describes it in the error."""
    compiled = re.compile(pattern)

    def parse(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"not {expected}")
        return text

    return parse


def one_of(*allowed: str) -> Parser:
    """Return a parser of one of a few words."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"not one of {', '.join(allowed)}")
        return text

    return parse


def flag(text: str) -> bool:
    """Parse `true` or `false`."""
    return bool(one_of("true", "false")(text) == "true")


def count(text: str) -> int:
    """Parse a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("not a whole number of at least 1")
    return int(text)


def existing_file(text: str) -> Path:
    """Parse the path of a file, relative to the folder of the Pulumi program."""
    path = PROGRAM / text
    if not path.is_file():
        raise ValueError("which is not a file")
    return path


_NAME = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+"

kubernetes_name = matching(_NAME, "a name that Kubernetes takes")
host_name = matching(_HOST, "a host name such as api.example.org")
cpu = matching(r"[1-9]\d*m?", "a CPU quantity such as 500m")
size = matching(r"[1-9]\d*(Mi|Gi|Ti)", "a size such as 20Gi")
url = matching(r"https?://[a-z0-9.-]+(:\d{1,5})?", "an address with its scheme")
cidr = matching(r"\d{1,3}(\.\d{1,3}){3}/\d{1,2}", "a range such as 203.0.113.0/24")
duration = matching(r"[1-9]\d*(s|m|h)", "a time such as 30s or 5m")
tagged_image = matching(r"\S+:(?!latest$)[\w.-]+", "an image with a tag but latest")
pinned_image = matching(r"\S+@sha256:[0-9a-f]{64}", "an image pinned by its digest")
