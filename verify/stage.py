"""The platform under test: joined when it runs, else started and stopped again."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from exchange.platforms import (
    LocalPlatform,
    Platform,
    PlatformUnpublished,
    read_platform,
)
from verify.children import Ended, run_child
from verify.interrupts import Interrupts

LOCAL = (sys.executable, "-m", "local")
_UP_LIMIT_SECONDS = 120.0
_DOWN_LIMIT_SECONDS = 60.0
_STATUS_LIMIT_SECONDS = 30.0


class PlatformNotReady(Exception):
    """No platform is running."""


class Status(Struct, frozen=True):
    """The output of `python -m local status --json`."""

    ready: bool
    processes: dict[str, dict[str, Any]]


class Stage:
    """One local platform. `started_here` states that this run must stop it."""

    def __init__(
        self,
        folder: Path,
        *,
        interrupts: Interrupts,
        logs: Path,
        local: Sequence[str] = LOCAL,
    ) -> None:
        self.state = folder / "state"
        self.started_here = False
        self.start_seconds: float | None = None
        self._interrupts = interrupts
        self._logs = logs
        self._local = tuple(local)

    def raise_up(self) -> None:
        """Join a platform that is ready, else start one; raises PlatformNotReady."""
        if self._is_ready():
            return
        self.started_here = True
        ended = self._run("up", _UP_LIMIT_SECONDS)
        if ended.code != 0:
            raise PlatformNotReady(f"`up` did not come to an end: {ended.last_words}")
        self.start_seconds = ended.seconds

    def take_down(self) -> None:
        """Stop the platform if it was started here; interrupts are deferred."""
        if not self.started_here:
            return
        with self._interrupts.deferred():
            self.started_here = False
            self._run("down", _DOWN_LIMIT_SECONDS)

    def read_status(self) -> Status:
        """Return every process as it is now; raises PlatformNotReady."""
        try:
            answer = subprocess.run(  # noqa: S603 our own program
                [*self._local, "status", "--json"],
                capture_output=True,
                timeout=_STATUS_LIMIT_SECONDS,
                check=False,
            )
            return msgspec.json.decode(answer.stdout, type=Status)
        except (subprocess.TimeoutExpired, msgspec.DecodeError) as silent:
            raise PlatformNotReady(f"`status` answers nothing usable: {silent}") from (
                silent
            )

    def read_published(self) -> Platform:
        """Return the content of platform.json; raises PlatformNotReady."""
        try:
            return read_platform(self.state / "platform.json", LocalPlatform)
        except PlatformUnpublished as missing:
            raise PlatformNotReady(str(missing)) from missing

    def _is_ready(self) -> bool:
        if not (self.state / "platform.json").exists():
            return False
        try:
            return self.read_status().ready
        except PlatformNotReady:
            return False

    def _run(self, verb: str, limit_seconds: float) -> Ended:
        return run_child(
            [*self._local, verb],
            log=self._logs / f"local-{verb}.log",
            limit_seconds=limit_seconds,
            interrupts=self._interrupts,
        )
