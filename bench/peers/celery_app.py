"""Celery with its thread pool and defaults, on a Redis broker without results.

`python -m bench.peers.celery_app work URL RECORD` runs tasks and writes their starts to
the pipe at RECORD; `… put URL` enqueues the orders on standard input. A task is
acknowledged before it runs, which is Celery's default.
"""

import os
import sys

from celery import Celery, Task

from bench.peers.starts import answer_orders, note_start

THREADS = 8


def declare(url: str, record: int) -> tuple[Celery, Task]:
    """Return the app and its only task, which only records its start."""
    app = Celery("bench", broker=url)

    @app.task(name="do_nothing")
    def do_nothing(number: int) -> None:
        note_start(record, number)

    return app, do_nothing


def work(url: str, record: int) -> None:
    """Run tasks until TERM, which `celery worker` handles by itself."""
    app, _ = declare(url, record)
    command = ["worker", "--pool=threads", f"--concurrency={THREADS}"]
    app.worker_main([*command, "--loglevel=ERROR"])


def put(url: str) -> None:
    """Enqueue like an application."""
    _, do_nothing = declare(url, -1)
    answer_orders(do_nothing.delay)


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work(sys.argv[2], os.open(sys.argv[3], os.O_WRONLY))
    else:
        put(sys.argv[2])
