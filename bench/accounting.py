"""Processor time of the subject, the database, the bench, and other programs."""

import os
from collections.abc import Iterable
from contextlib import suppress

import psutil
from msgspec import Struct

from bench.exchange import RunAborted


class Account(Struct, frozen=True):
    """Processor seconds at one moment."""

    subject: float
    database: float
    generator: float
    others: float
    everybody: float

    def since(self, earlier: "Account") -> "Account":
        """Return the processor time used between the two moments."""
        return Account(
            self.subject - earlier.subject,
            self.database - earlier.database,
            self.generator - earlier.generator,
            self.others - earlier.others,
            self.everybody - earlier.everybody,
        )

    @property
    def foreign(self) -> float:
        """Return the seconds used by programs outside the comparison.

        Time that the host stole from this machine counts as foreign as well.
        """
        accounted = self.subject + self.database + self.generator + self.others
        return max(0.0, self.everybody - accounted)


def take(*, subject: int, database: int, others: Iterable[int]) -> Account:
    """Read the clocks of the process trees with these ids, and of the machine."""
    own = psutil.Process(os.getpid()).cpu_times()
    machine = psutil.cpu_times()
    return Account(
        subject=tree_seconds(subject),
        database=tree_seconds(database),
        generator=own.user + own.system,
        others=sum(tree_seconds(pid) for pid in others),
        everybody=machine.user + machine.nice + machine.system + machine.steal,
    )


def tree_seconds(pid: int) -> float:
    """Return user and system seconds of a process and its living descendants."""
    seconds = 0.0
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds += times.user + times.system
    return seconds


def tree_bytes(pid: int) -> int:
    """Return the resident memory of a process and its living descendants."""
    resident = 0
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            resident += process.memory_info().rss
    return resident


def tree(pid: int) -> list[psutil.Process]:
    """Return the process and its descendants; raises RunAborted when it has ended."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess as gone:
        raise RunAborted(f"a program of the comparison ended: {gone}") from gone
