"""Job starts that a worker records, read from a named pipe while it works."""

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.exchange import RunAborted
from bench.peers.starts import START

PAUSE_SECONDS = 0.002
CHUNK_BYTES = START.size * 4096


class Starts:
    """Every start in order of arrival: the job's number and nanoseconds."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self.seen: list[tuple[int, int]] = []
        self._pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, count: int, patience_seconds: float) -> None:
        """Wait for `count` starts; raises RunAborted when none comes."""
        known, deadline = len(self.seen), time.monotonic() + patience_seconds
        while len(self.seen) < count:
            if len(self.seen) > known:
                known, deadline = len(self.seen), time.monotonic() + patience_seconds
            if time.monotonic() > deadline:
                raise RunAborted(f"{count - known} of {count} jobs never started")
            time.sleep(PAUSE_SECONDS)

    def require(self, numbers: Iterable[int]) -> dict[int, int]:
        """Return the start of each job; raises RunAborted unless each started once."""
        when = dict(self.seen)
        wanted = set(numbers)
        lost, foreign = wanted - when.keys(), when.keys() - wanted
        twice = len(self.seen) - len(when)
        if lost or foreign or twice:
            wrong = f"{len(lost)} lost, {twice} started again, {len(foreign)} unknown"
            raise RunAborted(f"not every job ran once: {wrong}")
        return when

    def close(self) -> None:
        """Stop reading."""
        self._ended.set()
        self._reader.join()
        os.close(self._pipe)

    def _read(self) -> None:
        left = b""
        while not self._ended.is_set():
            with suppress(BlockingIOError):
                left += os.read(self._pipe, CHUNK_BYTES)
            whole = len(left) - len(left) % START.size
            self.seen.extend(START.iter_unpack(left[:whole]))
            left = left[whole:]
            time.sleep(PAUSE_SECONDS)


@contextmanager
def noting(path: Path) -> Iterator[Starts]:
    """Create the pipe at `path` and read it until the block ends."""
    starts = Starts(path)
    try:
        yield starts
    finally:
        starts.close()
        path.unlink()
