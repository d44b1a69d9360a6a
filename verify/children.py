"""Child programs that are always stopped together with their descendants."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from msgspec import Struct

from verify.interrupts import Interrupts

_PATIENCE_SECONDS = 12.0
_LAST_WORDS_BYTES = 4096


class Ended(Struct, frozen=True):
    """The end of a program. `code` is None when it had to be stopped."""

    code: int | None
    seconds: float
    last_words: str


def run_child(
    command: Sequence[str],
    *,
    log: Path,
    limit_seconds: float,
    interrupts: Interrupts,
) -> Ended:
    """Run a program to its end or for `limit_seconds`; write its output to `log`.

    On KeyboardInterrupt the program and its descendants are stopped first.
    """
    started = time.monotonic()
    with log.open("wb") as output:
        child = None
        try:
            with interrupts.deferred():
                child = subprocess.Popen(  # noqa: S603 the plan names our own programs
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            code = _wait(child, limit_seconds)
        finally:
            if child is not None and child.poll() is None:
                with interrupts.deferred():
                    stop(child)
    return Ended(code, time.monotonic() - started, _read_last_words(log))


def stop(child: subprocess.Popen[bytes]) -> None:
    """Send SIGINT, so that the program can clean up; kill it after a timeout."""
    family = _find_family(child.pid)
    for number in (signal.SIGINT, signal.SIGTERM):
        _signal_group(child.pid, number)
        try:
            child.wait(_PATIENCE_SECONDS)
            break
        except subprocess.TimeoutExpired:
            continue
    _signal_group(child.pid, signal.SIGKILL)
    for member in family:
        if member.is_running():
            member.kill()
    child.wait()
    psutil.wait_procs(family, timeout=_PATIENCE_SECONDS)


def _wait(child: subprocess.Popen[bytes], limit_seconds: float) -> int | None:
    try:
        return child.wait(limit_seconds)
    except subprocess.TimeoutExpired:
        return None


def _find_family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def _read_last_words(log: Path) -> str:
    tail = log.read_bytes()[-_LAST_WORDS_BYTES:].decode("utf-8", "replace")
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
