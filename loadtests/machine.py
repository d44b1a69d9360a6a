"""Who used this machine while requests were sent: the instances, or everybody else."""

import os
import time

import psutil
from msgspec import Struct


class Use(Struct, frozen=True):
    """Cores in use on average, of `cores`; both cover the time of sending."""

    busy_cores: float
    cores: int

    @property
    def share(self) -> float:
        """The part of the whole machine that was in use, 0…1."""
        return min(1.0, self.busy_cores / self.cores)

    def share_beside(self, cores_used: float, instances: int) -> float:
        """The part that everybody but the instances used of the cores left to them."""
        left = self.cores - instances
        if left <= 0:
            return 1.0
        return min(1.0, max(0.0, self.busy_cores - cores_used) / left)


class Meter:
    """Reads the machine's clock from the first request on: starting up is no load."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._last: tuple[float, float] | None = None

    def look(self, progress: dict[str, int]) -> None:
        """Read once a second while the generator reports that it sends."""
        if any(progress.values()):
            self._last = (time.monotonic(), busy_seconds())
            self._first = self._first or self._last

    def read(self) -> Use | None:
        """What was seen; None when there were fewer than two looks."""
        if self._first is None or self._last is None or self._first == self._last:
            return None
        wall = self._last[0] - self._first[0]
        return Use((self._last[1] - self._first[1]) / wall, os.cpu_count() or 1)


def busy_seconds() -> float:
    """Processor seconds that anybody used on this machine, its host included."""
    times = psutil.cpu_times()
    linux = sum(getattr(times, name, 0.0) for name in ("irq", "softirq", "steal"))
    return float(times.user + times.nice + times.system + linux)
