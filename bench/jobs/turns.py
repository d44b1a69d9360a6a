"""One queue's turn: drain a full queue, steady arrivals, single jobs, idle time."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import count, repeat

from msgspec import Struct

from bench.accounting import tree_bytes, tree_seconds
from bench.jobs.measuring import (
    COLD_SECONDS,
    Foreign,
    irregular,
    rest_shares,
)
from bench.jobs.queues import Producer, Queue, producing, working
from bench.jobs.starts import Starts, noting
from bench.run_options import RunOptions
from bench.services import Services
from exchange.percentiles import percentile

OFFERED_PER_SECOND = 200.0
"""The mean number of arriving jobs per second."""

ACKNOWLEDGED_SECONDS = 0.5
"""Wait after the last start, because acknowledging jobs is part of their cost."""


class Shape(Struct, frozen=True):
    """The numbers of jobs, and the duration of the idle time."""

    rounds: int
    jobs: int
    warm: int
    cold: int
    rest_seconds: float
    patience_seconds: float = 30.0


class Turn(Struct, frozen=True):
    """One queue in one round; times in seconds unless named otherwise."""

    queue: str
    round: int
    per_second: float
    cpu_microseconds: float
    enqueue_microseconds: float
    warm: list[float]
    cold: list[float]
    rest_share: float
    memory_bytes: int
    foreign_share: float

    @property
    def warm_p95(self) -> float:
        return percentile(self.warm, 0.95)

    @property
    def cold_p95(self) -> float:
        return percentile(self.cold, 0.95)


def take_turns(
    queues: Sequence[Queue], services: Services, shape: Shape, options: RunOptions
) -> list[Turn]:
    """Measure every queue once per round, another one first; raises RunAborted."""
    turns = []
    for number, queue in order(queues, shape.rounds):
        options.watch(f"round {number + 1} of {shape.rounds}: jobs of {queue.name}")
        turns.append(take_turn(queue, services, shape, number, options))
    return turns


def order(queues: Sequence[Queue], rounds: int) -> Iterator[tuple[int, Queue]]:
    """Return the order of the queues, round by round."""
    for number in range(rounds):
        start = number % len(queues)
        for queue in [*queues[start:], *queues[:start]]:
            yield number, queue


def take_turn(
    queue: Queue, services: Services, shape: Shape, number: int, options: RunOptions
) -> Turn:
    """Measure one queue; raises RunAborted unless every job started exactly once."""
    log = options.folder / f"{queue.name}.log"
    pipe = options.folder / f"{queue.name}-{number}.pipe"
    patience = shape.patience_seconds
    gaps = irregular(OFFERED_PER_SECOND, f"{options.seed} {number}")
    with ExitStack() as stack:
        producer = stack.enter_context(producing(queue, services.redis_url, log))
        filled = producer.enqueue(0, shape.jobs)
        starts = stack.enter_context(noting(pipe))
        pid = stack.enter_context(working(queue, services.redis_url, pipe, log))
        foreign = Foreign(pid, services, producer.pid)
        per_second, cpu = drain(starts, pid, shape)
        memory = tree_bytes(pid)
        numbers = count(shape.jobs)
        warm = offer(producer, numbers, shape.warm, gaps)
        starts.wait_for(shape.jobs + len(warm), patience)
        cold = offer(producer, numbers, shape.cold, repeat(COLD_SECONDS))
        everything = shape.jobs + len(warm) + len(cold)
        starts.wait_for(everything, patience)
        rest = rest_shares({queue.name: pid}, shape.rest_seconds)
        when = starts.require(range(everything))
        foreign_share = foreign.share()
    return Turn(
        queue=queue.name,
        round=number,
        per_second=per_second,
        cpu_microseconds=cpu * 1e6,
        enqueue_microseconds=filled.took_nanoseconds / shape.jobs / 1e3,
        warm=[(when[job] - began) / 1e9 for job, began in warm.items()],
        cold=[(when[job] - began) / 1e9 for job, began in cold.items()],
        rest_share=rest[queue.name],
        memory_bytes=memory,
        foreign_share=foreign_share,
    )


def drain(starts: Starts, pid: int, shape: Shape) -> tuple[float, float]:
    """Return jobs per second between first and last start, and CPU seconds per job."""
    starts.wait_for(1, shape.patience_seconds)
    before, done = tree_seconds(pid), len(starts.seen)
    starts.wait_for(shape.jobs, shape.patience_seconds)
    time.sleep(ACKNOWLEDGED_SECONDS)
    used = tree_seconds(pid) - before
    times = sorted(at for _, at in starts.seen)
    took = (times[-1] - times[0]) / 1e9
    return (len(times) - 1) / took, used / max(1, shape.jobs - done)


def offer(
    producer: Producer, numbers: Iterator[int], jobs: int, gaps: Iterator[float]
) -> dict[int, int]:
    """Enqueue jobs one at a time, a gap before each; return the begin of each."""
    began = {}
    for _ in range(jobs):
        time.sleep(next(gaps))
        number = next(numbers)
        began[number] = producer.enqueue(number).began_nanoseconds
    return began
