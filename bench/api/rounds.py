"""Interleaved rounds: every subject and case in each round, in rotating order."""

import time
from collections.abc import Callable, Iterator

from msgspec import Struct

from bench.accounting import Account, take
from bench.api.bodies import HOST
from bench.api.cases import CASES, Case
from bench.closed import Sample, load
from bench.exchange import RunAborted
from bench.subjects import Stage, Subject
from exchange.percentiles import percentile


class Shape(Struct, frozen=True):
    """The number of rounds, and the seconds per subject and case in a round."""

    rounds: int
    seconds: float
    warm_up_seconds: float = 0.5


class Turn(Struct, frozen=True):
    """One subject in one case of one round.

    The shares are of one core: the subject's, the generator's, and that of programs
    outside the comparison.
    """

    subject: str
    case: str
    round: int
    answers: int
    per_second: float
    cpu_microseconds: float
    database_microseconds: float
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    subject_share: float
    generator_share: float
    foreign_share: float


async def run_rounds(
    stage: Stage, shape: Shape, watch: Callable[[str], None]
) -> list[Turn]:
    """Measure; raises RunAborted on the first unsuccessful answer."""
    turns = []
    for number, (case, subject) in order(stage.subjects, shape.rounds):
        watch(f"round {number + 1} of {shape.rounds}: {case.name}, {subject.name}")
        try:
            turns.append(await take_turn(subject, case, number, shape, stage))
        except RunAborted as wrong:
            raise RunAborted(f"{case.name}, {subject.name}: {wrong}") from wrong
    return turns


def order(
    subjects: list[Subject], rounds: int
) -> Iterator[tuple[int, tuple[Case, Subject]]]:
    """Return every pair once per round, each round with another first pair."""
    pairs = [
        (case, subject)
        for case in CASES.values()
        for subject in subjects
        if subject.name in case.subjects
    ]
    for number in range(rounds):
        start = number * len(pairs) // rounds
        for pair in pairs[start:] + pairs[:start]:
            yield number, pair


async def take_turn(
    subject: Subject, case: Case, number: int, shape: Shape, stage: Stage
) -> Turn:
    request = case.make(stage.cast, subject.port)

    async def work(seconds: float) -> Sample:
        return await load(
            HOST,
            subject.port,
            request,
            connections=case.connections,
            seconds=seconds,
            wanted=case.wanted,
        )

    await work(shape.warm_up_seconds)
    before = take_account(subject, stage)
    began = time.perf_counter()
    sample = await work(shape.seconds)
    wall = time.perf_counter() - began
    used = take_account(subject, stage).since(before)
    latencies = sorted(sample.latencies)
    return Turn(
        subject=subject.name,
        case=case.name,
        round=number,
        answers=sample.answers,
        per_second=sample.answers / sample.seconds,
        cpu_microseconds=used.subject / sample.answers * 1e6,
        database_microseconds=used.database / sample.answers * 1e6,
        p50_seconds=percentile(latencies, 0.50),
        p95_seconds=percentile(latencies, 0.95),
        p99_seconds=percentile(latencies, 0.99),
        subject_share=used.subject / wall,
        generator_share=used.generator / wall,
        foreign_share=used.foreign / wall,
    )


def take_account(subject: Subject, stage: Stage) -> Account:
    """Read the clocks of the subject, the database, the bench and its helpers."""
    rest = [one.pid for one in stage.subjects if one is not subject]
    return take(
        subject=subject.pid,
        database=stage.services.database_pid,
        others=[*rest, stage.services.redis_pid, *stage.helpers],
    )
