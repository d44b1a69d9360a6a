"""The queues under comparison, each a worker program and a producer program."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from bench.exchange import RunAborted
from bench.services import running

ROOT = Path(__file__).parents[2]
OURS, DRAMATIQ, CELERY = "holdfast", "dramatiq", "celery"
PATIENCE_SECONDS = 30.0


class Queue(Struct, frozen=True):
    """The commands of a queue's programs, and the number of its Redis database."""

    name: str
    command: tuple[str, ...]
    database: int

    def url(self, redis_url: str) -> str:
        """Return the URL of its database in the Redis that all queues share."""
        return f"{redis_url.rpartition('/')[0]}/{self.database}"


class Order(Struct, frozen=True):
    """The begin and the duration of a producer's enqueueing."""

    began_nanoseconds: int
    took_nanoseconds: int


class Producer:
    """A running producer: it enqueues on request and answers with its begin."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self._process = process

    def enqueue(self, first: int, count: int = 1) -> Order:
        """Enqueue `count` jobs from `first` on; raises RunAborted without an answer."""
        asked, answered = self._process.stdin, self._process.stdout
        if asked is None or answered is None:
            raise RunAborted("the producer has no pipes")
        with suppress(BrokenPipeError):
            asked.write(f"{first} {count}\n".encode())
            asked.flush()
        ready, _, _ = select.select([answered], [], [], PATIENCE_SECONDS)
        told = answered.readline().split() if ready else []
        if not told:
            raise RunAborted("the producer ended, or did not answer")
        return Order(int(told[0]), int(told[1]))


def contenders(peers: Path) -> list[Queue]:
    """Return our queue and the peers'; `peers` is their interpreter."""
    python, theirs = (sys.executable, "-m"), (str(peers), "-m")
    return [
        Queue(OURS, (*python, "bench.variants.delivery"), 0),
        Queue(DRAMATIQ, (*theirs, "bench.peers.dramatiq_stock"), 1),
        Queue(CELERY, (*theirs, "bench.peers.celery_app"), 2),
    ]


@contextmanager
def working(queue: Queue, redis_url: str, record: Path, log: Path) -> Iterator[int]:
    """Run the queue's worker until the block ends; yield its process id."""
    command = [*queue.command, "work", queue.url(redis_url), str(record)]
    with running(command, log, {"PYTHONPATH": str(ROOT)}) as process:
        yield process.pid


@contextmanager
def producing(queue: Queue, redis_url: str, log: Path) -> Iterator[Producer]:
    """Run the queue's producer until the block ends."""
    command = [*queue.command, "put", queue.url(redis_url)]
    with (
        log.open("ab") as said,
        subprocess.Popen(  # noqa: S603 - our own command lines
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            process_group=0,
        ) as process,
    ):
        try:
            yield Producer(process)
        finally:
            process.kill()
