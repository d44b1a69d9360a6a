"""Stock Dramatiq: its Redis broker, middleware and worker with default settings.

`python -m bench.peers.dramatiq_stock work URL RECORD` runs jobs and writes their starts
to the pipe at RECORD; `… put URL` enqueues the orders on standard input.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import dramatiq
from dramatiq import Worker
from dramatiq.brokers.redis import RedisBroker

from bench.peers.starts import answer_orders, note_start

THREADS = 8


def declare(url: str, record: int) -> tuple[RedisBroker, Callable[[int], Any]]:
    """Return the broker and the sender of its only actor, which records its start."""
    broker = RedisBroker(url=url)  # type: ignore[no-untyped-call]  # Dramatiq's is untyped

    @dramatiq.actor(broker=broker)
    def do_nothing(number: int) -> None:
        note_start(record, number)

    return broker, do_nothing.send


def work(url: str, record: int) -> None:
    """Run jobs until TERM, as each process of Dramatiq's command line does."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    broker, _ = declare(url, record)
    worker = Worker(broker, worker_threads=THREADS)
    worker.start()
    stopped.wait()
    worker.stop()
    broker.close()


def put(url: str) -> None:
    """Enqueue like an application."""
    _, send = declare(url, -1)
    answer_orders(send)


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work(sys.argv[2], os.open(sys.argv[3], os.O_WRONLY))
    else:
        put(sys.argv[2])
