"""The processor time of importing a program, in its own process."""

import resource
import subprocess
import sys

from bench.cores import SERVER, standing_on
from bench.exchange import RunAborted


def import_seconds(module: str, *, times: int = 5) -> list[float]:
    """Return the user and system seconds of each `import module`, with the interpreter.

    The first import warms the disk cache and does not count. Raises RunAborted.
    """
    with standing_on(SERVER):
        return [spend(f"import {module}") for _ in range(times + 1)][1:]


def spend(statement: str) -> float:
    """Return the processor seconds of an interpreter that runs one statement."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", statement], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RunAborted(f"{statement}: {ended.stderr.strip()[-300:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
