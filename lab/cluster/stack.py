"""One stack of the program on this cluster: its settings, and its Pulumi commands."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from lab.cluster import vendors
from lab.cluster.addresses import CONTROL, MACHINES
from lab.cluster.images import read_images
from lab.cluster.places import CHECKOUT, Places
from lab.cluster.pulumi import pulumi_environment
from lab.cluster.shell import run

NAME: Final = "development"
_PROJECT: Final = "holdfast"
_LEFT_OUT: Final = ("apiReplicas", "workerReplicas")
"""Counts equal the targets, so that the proof covers them."""
_SECONDS: Final = 60.0
_ON: Final = ("--stack", NAME)


class Stack:
    """The development stack, with a settings file of its own beside its state."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.file = places.pulumi / f"Pulumi.{NAME}.yaml"
        self.environment = pulumi_environment(places)

    def prepare(self) -> None:
        """Make the stack, its settings and its secrets, unless they exist.

        Raises CommandFailed, ImagesMissing.
        """
        if not self.file.exists():
            self._write_settings()
        self._create()
        init = [sys.executable, "-m", "infra", "init", "--stack", NAME]
        run(
            [*init, "--config-file", str(self.file)],
            folder=CHECKOUT,
            environment=self.environment,
            seconds=120,
        )

    def call(self, *words: str) -> int:
        """Run pulumi with visible output; return its exit code."""
        command = ["pulumi", *words, *self._options(), "--non-interactive"]
        environment = {**os.environ, **pulumi_environment(self.places, words[0])}
        return subprocess.call(command, cwd=CHECKOUT, env=environment)  # noqa: S603

    def changes(self) -> dict[str, int]:
        """Return the newest update's resources by kind of change, with the `same`."""
        said = self._quiet("stack", "history", "--json", "--page-size", "1", *_ON)
        [newest] = json.loads(said)
        changes: dict[str, int] = newest.get("resourceChanges") or {}
        return changes

    def setting(self, key: str) -> str:
        """Return one plain setting; raises KeyError."""
        return str(self._settings()[f"{_PROJECT}:{key}"])

    def secret(self, key: str) -> str:
        """Return one secret setting in plain text; raises CommandFailed."""
        return self._quiet("config", "get", f"holdfast:{key}", *self._options()).strip()

    def is_empty(self) -> bool:
        """Return whether the stack has no resource."""
        said = json.loads(self._quiet("stack", "export", *_ON))
        return not said["deployment"].get("resources")

    def _create(self) -> None:
        """Make the stack from a folder beside its state.

        Pulumi writes the new salt into the settings of its working folder, and those of
        the checkout are shared.
        """
        project = {"name": _PROJECT, "runtime": "python"}
        (self.places.pulumi / "Pulumi.yaml").write_bytes(msgspec.yaml.encode(project))
        beside = ("--cwd", str(self.places.pulumi))
        self._quiet("stack", "select", "--create", NAME, *beside)

    def _write_settings(self) -> None:
        committed = CHECKOUT / "platform" / f"Pulumi.{NAME}.yaml"
        config = msgspec.yaml.decode(committed.read_bytes())["config"]
        for key in _LEFT_OUT:
            config.pop(f"{_PROJECT}:{key}", None)
        if vendors.recall(self.places):
            config[f"{_PROJECT}:image"] = vendors.IMAGE
        else:
            config |= self._own_settings()
        self.file.write_bytes(msgspec.yaml.encode({"config": config}))

    def _own_settings(self) -> dict[str, str]:
        """Set this machine's images, manifests and addresses."""
        own = next(i for i in read_images(self.places) if i.name == "holdfast")
        overlay = os.path.relpath(self.places.pins, CHECKOUT / "platform")
        told = {
            "image": own.reference,
            "pins": overlay,
            "gatewayCidr": str(MACHINES),
            "apiServerCidr": f"{CONTROL.address}/32",
        }
        return {f"{_PROJECT}:{key}": value for key, value in told.items()}

    def _settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = msgspec.yaml.decode(self.file.read_bytes())["config"]
        return settings

    def _options(self) -> Sequence[str]:
        return (*_ON, "--config-file", str(self.file))

    def _quiet(self, *words: str) -> str:
        return run(
            ["pulumi", *words, "--non-interactive"],
            folder=CHECKOUT,
            environment=self.environment,
            seconds=_SECONDS,
        )
