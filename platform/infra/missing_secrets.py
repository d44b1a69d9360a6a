"""Set a stack's missing secrets to random values, through the Pulumi CLI."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from infra.random_values import client_pair, password, server_pair, token_keys
from infra.stack import ALERT_SECRETS, SECRETS, secret_keys

PROJECT: Final = "holdfast"
CHECKOUT: Final = Path(__file__).parents[2]
SECONDS: Final = 60
GENERATORS: Final[Mapping[str, Callable[[], str]]] = {
    **dict.fromkeys(SECRETS, password),
    "tokenKeys": token_keys,
    "backupServerPair": server_pair,
    "backupClientPair": client_pair,
}
OBJECT_STORE_KEYS: Final = ("objectStoreKey", "objectStoreSecret")
GIVEN: Final = (*OBJECT_STORE_KEYS, *ALERT_SECRETS)
"""Issued outside: keys of an external object store, address of the alert webhook."""


class PulumiFailed(Exception):
    """The Pulumi CLI is missing or failed; the message holds its error output."""


class StackFile:
    """The settings of one stack, read and written through the Pulumi CLI."""

    def __init__(self, stack: str, config_file: Path | None) -> None:
        self._options = ["--stack", stack, "--non-interactive"]
        if config_file is not None:
            self._options += ["--config-file", str(config_file)]

    def settings(self) -> dict[str, dict[str, Any]]:
        """Return the settings by key; secrets come without their values."""
        found: dict[str, dict[str, Any]] = json.loads(self._pulumi("config", "--json"))
        prefix = f"{PROJECT}:"
        return {
            key.removeprefix(prefix): value
            for key, value in found.items()
            if key.startswith(prefix)
        }

    def set_secret(self, key: str, value: str) -> None:
        """Set a secret. Its value goes through standard input, never an argument."""
        self._pulumi("config", "set", "--secret", f"{PROJECT}:{key}", given=value)

    def _pulumi(self, *words: str, given: str = "") -> str:
        program = shutil.which("pulumi")
        if program is None:
            raise PulumiFailed("pulumi is not on the PATH; see docs/deployment.md")
        done = subprocess.run(  # noqa: S603 the user's own CLI
            [program, *words, *self._options],
            cwd=CHECKOUT,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        if done.returncode:
            raise PulumiFailed(f"pulumi {words[0]} {words[1]}: {done.stderr.strip()}")
        return done.stdout


def set_missing_secrets(stack: StackFile) -> tuple[Sequence[str], Sequence[str]]:
    """Set the missing secrets; return the keys that were set, and those left to a user.

    A secret that is set stays as it is: it may be in use. Raises `PulumiFailed`.
    """
    settings = stack.settings()
    if "secretStore" in settings:
        return (), ()
    wanted = secret_keys(
        operators=_text(settings, "operators") == "install",
        alert_webhook=_text(settings, "alertWebhookEnabled") == "true",
    )
    missing = [key for key in wanted if key not in settings]
    generated = set(GENERATORS) - set(GIVEN)
    if _text(settings, "objectStore") == "bundled":
        generated |= set(OBJECT_STORE_KEYS)
    made = [key for key in missing if key in generated]
    for key in made:
        stack.set_secret(key, GENERATORS[key]())
    return made, [key for key in missing if key not in generated]


def _text(settings: Mapping[str, Mapping[str, Any]], key: str) -> str:
    return str(settings.get(key, {}).get("value", ""))
