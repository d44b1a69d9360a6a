"""Whose processor time it was: the subject's, the database's, ours, or a stranger's."""

import os
from collections.abc import Iterable

import psutil
from msgspec import Struct


class Account(Struct, frozen=True):
    """Processor seconds at one moment."""

    subject: float
    database: float
    accounted: float
    everybody: float

    def since(self, earlier: "Account") -> "Account":
        return Account(
            self.subject - earlier.subject,
            self.database - earlier.database,
            self.accounted - earlier.accounted,
            self.everybody - earlier.everybody,
        )

    @property
    def foreign(self) -> float:
        """Seconds that programs used which have nothing to do with the comparison."""
        return max(0.0, self.everybody - self.accounted)


def take(*, subject: int, database: int, others: Iterable[int]) -> Account:
    """Read the clocks of the process trees with these ids, and of the machine."""
    own = psutil.Process(os.getpid()).cpu_times()
    subject_seconds, database_seconds = tree_seconds(subject), tree_seconds(database)
    rest = sum(tree_seconds(pid) for pid in others)
    machine = psutil.cpu_times()
    return Account(
        subject=subject_seconds,
        database=database_seconds,
        accounted=subject_seconds + database_seconds + rest + own.user + own.system,
        everybody=sum(machine) - machine.idle - machine.iowait - machine.steal,
    )


def tree_seconds(pid: int) -> float:
    """User and system seconds of a process and its living descendants."""
    root = psutil.Process(pid)
    seconds = 0.0
    for process in (root, *root.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds += times.user + times.system
    return seconds
