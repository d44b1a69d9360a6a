"""Run one command of a page as a process, never through a shell."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

CHECKOUT: Final = Path(__file__).resolve().parents[2]
_PROGRAMS: Final = Path(sys.executable).parent
_LET_GO_SECONDS: Final = 5.0
_WIDTH: Final = "160"


class CommandResult(Struct, frozen=True):
    """The result of a command; `exit` is None when it reached its time limit."""

    command: str
    exit: int | None
    output: str
    seconds: float


def execute(words: Sequence[str], *, timeout_seconds: float) -> CommandResult:
    """Run from the root of the checkout; keep all output.

    No process survives: on the time limit and on Ctrl-C its whole group is ended.
    """
    began = time.monotonic()
    try:
        child = subprocess.Popen(  # noqa: S603 - words of our own pages, no shell
            _resolve(words),
            cwd=CHECKOUT,
            env={**os.environ, "PATH": _path(), "COLUMNS": _WIDTH, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            errors="replace",
        )
    except OSError as missing:
        return CommandResult(
            shlex.join(words), 127, str(missing), time.monotonic() - began
        )
    code: int | None = None
    try:
        output, _ = child.communicate(timeout=timeout_seconds)
        code = child.returncode
    except subprocess.TimeoutExpired:
        output = _end(child) + f"\nstopped after {timeout_seconds:g} s"
    except BaseException:
        _end(child)
        raise
    return CommandResult(shlex.join(words), code, output, time.monotonic() - began)


def _resolve(words: Sequence[str]) -> list[str]:
    """Replace ./task and .venv/bin/python, which would repeat the set-up."""
    if words[0] == "./task":
        return [str(_PROGRAMS / "task"), *words[1:]]
    if words[0] == ".venv/bin/python":
        return [sys.executable, *words[1:]]
    return list(words)


def _path() -> str:
    return f"{_PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def _end(child: subprocess.Popen[str]) -> str:
    """Send SIGTERM to the process group, then SIGKILL; return its output."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            output, _ = child.communicate(timeout=_LET_GO_SECONDS)
        except ProcessLookupError:
            output, _ = child.communicate()
        except subprocess.TimeoutExpired:
            continue
        return output
    child.kill()
    return child.communicate()[0]
