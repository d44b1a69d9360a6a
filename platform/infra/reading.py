"""Typed readers of a stack's settings: each refuses what it cannot use, by name."""

import re
from collections.abc import Mapping
from pathlib import Path

import pulumi
from pulumi.runtime.config import is_config_secret

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""What Kubernetes takes as the name of a namespace or a Service."""
HOST_NAME = re.compile(
    r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+"
)
CPU = re.compile(r"[1-9]\d*m?")
BYTES = re.compile(r"[1-9]\d*(Mi|Gi|Ti)")
URL = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
CIDR = re.compile(r"\d{1,3}(\.\d{1,3}){3}/\d{1,2}")
SPAN = re.compile(r"[1-9]\d*(s|m|h)")
DIGEST = re.compile(r"\S+@sha256:[0-9a-f]{64}")
TAGGED = re.compile(r"\S+:(?!latest$)[\w.-]+")


class SettingWrong(pulumi.RunError):
    """A stack setting is missing or unusable; one line that names it."""

    def __init__(self, key: str, problem: str, *, secret: bool = False) -> None:
        flag = "--secret " if secret else ""
        super().__init__(
            f"holdfast:{key} {problem}; run: pulumi config set {flag}holdfast:{key} …"
        )


class Reader:
    """One stack's configuration, under the name that its keys begin with."""

    def __init__(self, config: pulumi.Config) -> None:
        self._config = config

    def has(self, key: str) -> bool:
        """Whether the stack says anything about `key`."""
        return bool(self._config.get(key))

    def text(self, key: str) -> str:
        """The value; raises `SettingWrong` when there is none."""
        value = self._config.get(key)
        if not value:
            raise SettingWrong(key, "is not set")
        return value

    def one_of(
        self, key: str, allowed: tuple[str, ...], default: str | None = None
    ) -> str:
        """One of a few words."""
        if default is not None and not self.has(key):
            return default
        value = self.text(key)
        if value not in allowed:
            raise SettingWrong(key, f"is {value!r}, not one of {', '.join(allowed)}")
        return value

    def matching(self, key: str, pattern: re.Pattern[str], wanted: str) -> str:
        """A value of one form; `wanted` says which, for a person."""
        value = self.text(key)
        if not pattern.fullmatch(value):
            raise SettingWrong(key, f"is {value!r}, not {wanted}")
        return value

    def optional(self, key: str, pattern: re.Pattern[str], wanted: str) -> str | None:
        """None when it is not set."""
        return self.matching(key, pattern, wanted) if self.has(key) else None

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """`true` or `false`."""
        if default is not None and not self.has(key):
            return default
        return self.one_of(key, ("true", "false")) == "true"

    def count(self, key: str, default: int | None = None) -> int:
        """A whole number of at least 1."""
        if default is not None and not self.has(key):
            return default
        value = self.text(key)
        if not value.isdecimal() or int(value) < 1:
            raise SettingWrong(key, f"is {value!r}, not a whole number of at least 1")
        return int(value)

    def optional_count(self, key: str) -> int | None:
        """None when it is not set."""
        return self.count(key) if self.has(key) else None

    def image(self, key: str, *, pinned: bool) -> str:
        """An image: by digest where `pinned`, else by a tag that says what it is."""
        if pinned:
            return self.matching(key, DIGEST, "an image pinned by its digest")
        return self.matching(key, TAGGED, "an image with a tag other than latest")

    def file(self, key: str) -> Path | None:
        """A file, relative to the folder that the program lies in."""
        if not self.has(key):
            return None
        path = Path(__file__).parents[1] / self.text(key)
        if not path.is_file():
            raise SettingWrong(key, f"is {self.text(key)!r}, where no file is")
        return path

    def secret(self, key: str) -> pulumi.Output[str]:
        """A value that the stack file holds encrypted and nothing ever prints."""
        value = self._config.get_secret(key)
        if value is None:
            raise SettingWrong(key, "is not set", secret=True)
        if not is_config_secret(f"{self._config.name}:{key}"):
            raise SettingWrong(key, "lies in the stack file in plain text", secret=True)
        return value

    def secrets(self, keys: tuple[str, ...]) -> Mapping[str, pulumi.Output[str]]:
        """Several of them, by key."""
        return {key: self.secret(key) for key in keys}
