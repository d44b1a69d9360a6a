"""Processor use of this machine during a run: by the instances and by others."""

import os
import time

import psutil
from msgspec import Struct


class CpuUse(Struct, frozen=True):
    """Cores in use on average, of `cores`, while requests were sent."""

    busy_cores: float
    cores: int

    @property
    def share(self) -> float:
        """The share of the machine in use, 0…1."""
        return min(1.0, self.busy_cores / self.cores)

    def share_beside(self, cores_used: float, instances: int) -> float:
        """Return the share in use of the cores that the instances leave."""
        left = self.cores - instances
        if left <= 0:
            return 1.0
        return min(1.0, max(0.0, self.busy_cores - cores_used) / left)


class CpuMeter:
    """Reads the machine's processor time from the first request on."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._last: tuple[float, float] | None = None

    def look(self, progress: dict[str, int]) -> None:
        """Read the processor time if the progress shows that requests are sent."""
        if any(progress.values()):
            self._last = (time.monotonic(), busy_seconds())
            self._first = self._first or self._last

    def read(self) -> CpuUse | None:
        """Return the average use; None with fewer than two readings."""
        if self._first is None or self._last is None or self._first == self._last:
            return None
        wall = self._last[0] - self._first[0]
        return CpuUse((self._last[1] - self._first[1]) / wall, os.cpu_count() or 1)


def busy_seconds() -> float:
    """Return the processor seconds used on this machine, stolen time included."""
    times = psutil.cpu_times()
    linux = sum(getattr(times, name, 0.0) for name in ("irq", "softirq", "steal"))
    return float(times.user + times.nice + times.system + linux)
