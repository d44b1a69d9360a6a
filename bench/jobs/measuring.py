"""What every part of the suite measures in the same way."""

import random
import time
from collections.abc import Iterator, Mapping

from bench.accounting import take, tree_seconds
from bench.services import Services

COLD_SECONDS = 0.4
"""How long a queue rests before each single job."""
_SETTLE_SECONDS = 1.0


class Foreign:
    """What programs that have no part in a stretch of work used of one core."""

    def __init__(self, subject: int, services: Services, *others: int) -> None:
        self._who = {"subject": subject, "database": services.database_pid}
        self._others = (services.redis_pid, *others)
        self._began = time.monotonic()
        self._before = take(**self._who, others=self._others)

    def share(self) -> float:
        """The share so far."""
        used = take(**self._who, others=self._others).since(self._before)
        return used.foreign / (time.monotonic() - self._began)


def irregular(per_second: float, seed: str) -> Iterator[float]:
    """Gaps between arrivals that nobody coordinates, in seconds, for ever."""
    chance = random.Random(seed)  # noqa: S311 - gaps, not secrets
    while True:
        yield chance.expovariate(per_second)


def rest_shares(processes: Mapping[str, int], seconds: float) -> dict[str, float]:
    """The share of a core that each process tree uses with nothing to do."""
    time.sleep(_SETTLE_SECONDS)
    before = {name: tree_seconds(pid) for name, pid in processes.items()}
    began = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return {
        name: (tree_seconds(pid) - before[name]) / took
        for name, pid in processes.items()
    }
