"""Run one command, and describe its failure in a sentence."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_LAST_WORDS = 600


class CommandFailed(Exception):
    """A command failed; the message quotes the end of its output."""


def run(
    command: Sequence[str | Path],
    *,
    seconds: float = 60,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """Return the command's standard output; raises CommandFailed."""
    argv = [str(word) for word in command]
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            argv,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except OSError as error:
        raise CommandFailed(f"{argv[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        said = f"{' '.join(argv[:3])}: no end after {seconds:g} s"
        raise CommandFailed(said) from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()[-_LAST_WORDS:]
        raise CommandFailed(f"{' '.join(argv[:3])}: {words or 'no reason given'}")
    return done.stdout
