"""The durable path: a transaction, the outbox, the relay, a worker's claim, its effect.

The real relay and the real worker run on a temporary Postgres and Redis. A job starts
when the transaction of its effect begins, which its row keeps as `finished_at`.
"""

import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import repeat
from pathlib import Path

from msgspec import Struct

from bench.accounting import tree_bytes, tree_seconds
from bench.jobs.measuring import (
    COLD_SECONDS,
    Foreign,
    irregular,
    rest_shares,
)
from bench.jobs.outbox import Outbox, open_outbox
from bench.jobs.turns import Shape
from bench.run_options import RunOptions
from bench.services import ServiceMissing, Services, free_port, running
from bench.subjects import migrate, our_settings, serve_sink
from exchange.percentiles import percentile

MODERATE_PER_SECOND = 100.0
"""Well below the path's capacity, so that the delay includes no queueing."""
WORKER, RELAY, DATABASE = "worker", "relay", "database"
READY = {WORKER: "worker_started", RELAY: "program_started"}
READY_SECONDS = 30.0
_COMMANDS = {
    RELAY: [sys.executable, "-m", "workers", "relay"],
    WORKER: [sys.executable, "-m", "bench.variants.noop_worker"],
}


class Durable(Struct, frozen=True):
    """The path in one round; delays in seconds from the request of the commit.

    Processor time, shares of a core and memory are by process.
    """

    round: int
    per_second: float
    cpu_microseconds: dict[str, float]
    warm: list[float]
    cold: list[float]
    rest_share: dict[str, float]
    memory_bytes: dict[str, int]
    foreign_share: float

    @property
    def warm_p95(self) -> float:
        return percentile(self.warm, 0.95)

    @property
    def cold_p95(self) -> float:
        return percentile(self.cold, 0.95)


def measure_durable(
    services: Services, shape: Shape, options: RunOptions
) -> list[Durable]:
    """Measure the path in every round; raises RunAborted unless each job ran once."""
    rounds = []
    with (
        stand_up(services, options.folder) as processes,
        open_outbox(services) as outbox,
    ):
        resting = {name: processes[name] for name in (WORKER, RELAY)}
        for number in range(shape.rounds):
            options.watch(f"round {number + 1} of {shape.rounds}: the durable path")
            foreign = Foreign(processes[WORKER], services, processes[RELAY])
            gaps = irregular(MODERATE_PER_SECOND, f"{options.seed} {number}")
            rate, used = drain(outbox, processes, shape.jobs)
            memory = {name: tree_bytes(pid) for name, pid in resting.items()}
            warm = trickle(outbox, shape.warm, gaps)
            cold = trickle(outbox, shape.cold, repeat(COLD_SECONDS))
            rest = rest_shares(resting, shape.rest_seconds)
            rounds.append(
                Durable(
                    round=number,
                    per_second=rate,
                    cpu_microseconds=used,
                    warm=warm,
                    cold=cold,
                    rest_share=rest,
                    memory_bytes=memory,
                    foreign_share=foreign.share(),
                )
            )
    return rounds


@contextmanager
def stand_up(services: Services, folder: Path) -> Iterator[dict[str, int]]:
    """Migrate and run a relay and a worker, with metrics and sampled traces.

    Yields their process ids by name.
    """
    settings = our_settings(services, secrets.token_bytes(32))
    migrate(settings, services.password)
    own = settings | {"HOLDFAST_DATABASE_USER": "holdfast_worker"}
    own["HOLDFAST_LOG_LEVEL"] = "INFO"  # its first output means that it is ready
    with ExitStack() as stack:
        _, tracing = stack.enter_context(serve_sink(folder))
        pids = {DATABASE: services.database_pid}
        for name, command in _COMMANDS.items():
            bound = {"HOLDFAST_METRICS_BIND": f"127.0.0.1:{free_port()}"}
            log = folder / f"{name}.log"
            process = stack.enter_context(running(command, log, own | tracing | bound))
            pids[name] = process.pid
        for name, sign in READY.items():
            wait_for_sign(folder / f"{name}.log", sign)
        yield pids


def wait_for_sign(log: Path, sign: str) -> None:
    """Wait until a program has printed this; raises ServiceMissing."""
    deadline = time.monotonic() + READY_SECONDS
    while sign not in log.read_text(encoding="utf-8"):
        if time.monotonic() > deadline:
            raise ServiceMissing(f"{log.stem} did not start: {log.read_text()[-300:]}")
        time.sleep(0.05)


def drain(
    outbox: Outbox, processes: Mapping[str, int], jobs: int
) -> tuple[float, dict[str, float]]:
    """Fill a stopped relay's outbox, continue it: jobs per second, CPU µs per job."""
    outbox.forget()
    os.kill(processes[RELAY], signal.SIGSTOP)
    try:
        outbox.fill(jobs)
        before = {name: tree_seconds(pid) for name, pid in processes.items()}
    finally:
        os.kill(processes[RELAY], signal.SIGCONT)
    outbox.finish()
    used = {name: tree_seconds(processes[name]) - then for name, then in before.items()}
    return outbox.per_second(), {
        name: seconds / jobs * 1e6 for name, seconds in used.items()
    }


def trickle(outbox: Outbox, jobs: int, gaps: Iterator[float]) -> list[float]:
    """Put jobs one at a time, a gap before each; return the delay of each start."""
    outbox.forget()
    asked = {}
    for _ in range(jobs):
        time.sleep(next(gaps))
        job, at = outbox.put()
        asked[job] = at
    outbox.finish()
    started = outbox.started()
    return [started[job] - at for job, at in asked.items()]
