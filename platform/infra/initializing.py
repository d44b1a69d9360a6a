"""Gives a stack the secrets that nobody has to know, through the Pulumi CLI."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from infra.random_values import client_pair, password, server_pair, token_keys
from infra.stack import SECRETS, TOLD_SECRETS, secret_keys

PROJECT: Final = "holdfast"
CHECKOUT: Final = Path(__file__).parents[2]
SECONDS: Final = 60
MAKERS: Final[Mapping[str, Callable[[], str]]] = {
    **dict.fromkeys(SECRETS, password),
    "tokenKeys": token_keys,
    "backupServerPair": server_pair,
    "backupClientPair": client_pair,
}
STORED: Final = ("objectStoreKey", "objectStoreSecret")
GIVEN: Final = (*STORED, *TOLD_SECRETS)
"""Others made them: the keys of their object store, the address that is told."""


class PulumiRefused(Exception):
    """The Pulumi CLI is missing, or did not do what it was asked; its last words."""


class StackFile:
    """The settings of one stack, as the Pulumi CLI keeps them."""

    def __init__(self, stack: str, config_file: Path | None) -> None:
        self._options = ["--stack", stack, "--non-interactive"]
        if config_file is not None:
            self._options += ["--config-file", str(config_file)]

    def settings(self) -> dict[str, dict[str, Any]]:
        """What is set, by key; secrets without their values."""
        told: dict[str, dict[str, Any]] = json.loads(self._pulumi("config", "--json"))
        prefix = f"{PROJECT}:"
        return {
            key.removeprefix(prefix): value
            for key, value in told.items()
            if key.startswith(prefix)
        }

    def keep_secret(self, key: str, value: str) -> None:
        """Set a secret. The value goes by standard input, which nobody can list."""
        self._pulumi("config", "set", "--secret", f"{PROJECT}:{key}", given=value)

    def _pulumi(self, *words: str, given: str = "") -> str:
        program = shutil.which("pulumi")
        if program is None:
            raise PulumiRefused("pulumi is not on the PATH; see docs/deployment.md")
        done = subprocess.run(  # noqa: S603 the person's own CLI
            [program, *words, *self._options],
            cwd=CHECKOUT,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        if done.returncode:
            raise PulumiRefused(f"pulumi {words[0]} {words[1]}: {done.stderr.strip()}")
        return done.stdout


def make_missing(stack: StackFile) -> tuple[Sequence[str], Sequence[str]]:
    """Set what is missing; returns the names that were set, and those left to a person.

    What is set already stays as it is: it may be in use. Raises `PulumiRefused`.
    """
    settings = stack.settings()
    if "secretStore" in settings:
        return (), ()
    wanted = secret_keys(
        installed=_word(settings, "operators") == "install",
        told=_word(settings, "alertsTold") == "true",
    )
    missing = [key for key in wanted if key not in settings]
    bundled = _word(settings, "objectStore") == "bundled"
    left = [key for key in missing if key in GIVEN and not (bundled and key in STORED)]
    made = [key for key in missing if key not in left]
    for key in made:
        stack.keep_secret(key, MAKERS[key]())
    return made, left


def _word(settings: Mapping[str, Mapping[str, Any]], key: str) -> str:
    return str(settings.get(key, {}).get("value", ""))
