"""Core affinity: a server alone on one core, everything else on the others."""

import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import Popen

from bench.services import running

_ALLOWED = frozenset(os.sched_getaffinity(0))
SERVER = frozenset({min(_ALLOWED)})
REST = (_ALLOWED - SERVER) or SERVER


@contextmanager
def standing_on(cores: AbstractSet[int]) -> Iterator[None]:
    """Run on these cores; processes started in the block inherit them."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def on_core(
    command: list[str], log: Path, environment: dict[str, str]
) -> Iterator[Popen[bytes]]:
    """Run a server on the core reserved for servers until the block ends."""
    with ExitStack() as stack:
        with standing_on(SERVER):
            process = stack.enter_context(running(command, log, environment))
        yield process


@contextmanager
def going_first() -> Iterator[None]:
    """Raise the priority of this process where the system allows it.

    Load from another machine would not compete for the servers' processor either.
    Requires root; otherwise the lag of the arrivals shows the effect.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
