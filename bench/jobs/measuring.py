"""Measurements shared by the parts of the suite."""

import random
import time
from collections.abc import Iterator, Mapping

from bench.accounting import take, tree_seconds
from bench.services import Services

COLD_SECONDS = 0.4
"""The idle time of a queue before each single job."""
_SETTLE_SECONDS = 1.0


class Foreign:
    """The share of one core used by programs outside the comparison."""

    def __init__(self, subject: int, services: Services, *others: int) -> None:
        self._who = {"subject": subject, "database": services.database_pid}
        self._others = (services.redis_pid, *others)
        self._began = time.monotonic()
        self._before = take(**self._who, others=self._others)

    def share(self) -> float:
        """Return the share since the start of the measurement."""
        used = take(**self._who, others=self._others).since(self._before)
        return used.foreign / (time.monotonic() - self._began)


def irregular(per_second: float, seed: str) -> Iterator[float]:
    """Yield exponential gaps between independent arrivals, in seconds, for ever."""
    chance = random.Random(seed)  # noqa: S311 - gaps, not secrets
    while True:
        yield chance.expovariate(per_second)


def rest_shares(processes: Mapping[str, int], seconds: float) -> dict[str, float]:
    """Return the share of a core that each idle process tree uses."""
    time.sleep(_SETTLE_SECONDS)
    before = {name: tree_seconds(pid) for name, pid in processes.items()}
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return {
        name: (tree_seconds(pid) - before[name]) / took
        for name, pid in processes.items()
    }
