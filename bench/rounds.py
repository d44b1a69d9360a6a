"""Interleaved rounds: every subject and case in each round, in turning order."""

import time
from collections.abc import Callable, Iterator
from itertools import product
from statistics import median

import msgspec
from msgspec import Struct

from bench.accounting import take
from bench.exchange import MakeRequest, RunAborted, ask, compose, is_success, load
from bench.subjects import Subject
from bench.work import event_bodies

HOST = "127.0.0.1"
CASES = ("list", "ingest")
_WARM_UP_SECONDS = 0.5


class Shape(Struct, frozen=True):
    """How hard and how long."""

    rounds: int
    seconds: float
    connections: int


class Turn(Struct, frozen=True):
    """One subject doing one case in one round."""

    subject: str
    case: str
    round: int
    per_second: float
    cpu_microseconds: float
    database_microseconds: float
    p50_seconds: float
    p95_seconds: float
    foreign_share: float


def request_maker(subject: Subject, case: str) -> MakeRequest:
    """What is sent for a case: the same page, or a new event each time."""
    if case == "list":
        page = compose("GET", subject.list_path, token=subject.token, port=subject.port)
        return lambda: page
    body = event_bodies()
    return lambda: compose(
        "POST",
        subject.ingest_path,
        token=subject.token,
        body=body(),
        port=subject.port,
    )


async def compare_bodies(subjects: list[Subject]) -> None:
    """Whoever does less work may not take part; raises RunAborted.

    Lists must carry the same events byte for byte; cursors are each one's own.
    """
    pages, shapes = [], []
    for subject in subjects:
        listed = await ask(HOST, subject.port, request_maker(subject, "list")())
        stored = await ask(HOST, subject.port, request_maker(subject, "ingest")())
        for answer in (listed, stored):
            if not is_success(answer):
                raise RunAborted(f"{subject.name}: {answer.status} {answer.body!r}")
        page = msgspec.json.decode(listed.body, type=dict[str, msgspec.Raw])
        pages.append((bytes(page["data"]), sorted(page)))
        told = msgspec.json.decode(stored.body)
        shapes.append((stored.status, told["status"], sorted(told)))
    if any(page != pages[0] for page in pages) or any(s != shapes[0] for s in shapes):
        raise RunAborted("the subjects answer with different bodies")


async def run_rounds(
    subjects: list[Subject],
    shape: Shape,
    *,
    database: int,
    watch: Callable[[str], None],
) -> list[Turn]:
    """Measure; raises RunAborted on the first answer that is no success."""
    turns = []
    for number, (subject, case) in order(subjects, shape.rounds):
        watch(f"round {number + 1} of {shape.rounds}: {case}, {subject.name}")
        others = [one.pid for one in subjects if one is not subject]
        turns.append(
            await take_turn(
                subject, case, number, shape, database=database, others=others
            )
        )
    return turns


def order(
    subjects: list[Subject], rounds: int
) -> Iterator[tuple[int, tuple[Subject, str]]]:
    """Every pair once a round; the first of a round is another each time."""
    pairs = [(subject, case) for case, subject in product(CASES, subjects)]
    for number in range(rounds):
        start = number % len(pairs)
        for pair in pairs[start:] + pairs[:start]:
            yield number, pair


async def take_turn(  # noqa: PLR0913 - one turn and whose time counts as whose
    subject: Subject,
    case: str,
    number: int,
    shape: Shape,
    *,
    database: int,
    others: list[int],
) -> Turn:
    request = request_maker(subject, case)
    many = shape.connections
    await load(HOST, subject.port, request, connections=many, seconds=_WARM_UP_SECONDS)
    before = take(subject=subject.pid, database=database, others=others)
    began = time.perf_counter()
    sample = await load(
        HOST, subject.port, request, connections=many, seconds=shape.seconds
    )
    wall = time.perf_counter() - began
    after = take(subject=subject.pid, database=database, others=others)
    used = after.since(before)
    latencies = sorted(sample.latencies)
    return Turn(
        subject=subject.name,
        case=case,
        round=number,
        per_second=sample.answers / sample.seconds,
        cpu_microseconds=used.subject / sample.answers * 1e6,
        database_microseconds=used.database / sample.answers * 1e6,
        p50_seconds=median(latencies),
        p95_seconds=latencies[int(len(latencies) * 0.95)],
        foreign_share=used.foreign / wall,
    )
