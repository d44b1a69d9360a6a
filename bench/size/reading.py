"""The list through the real API: cost in the database and in the API, and latency."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle
from statistics import median
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from bench.closed import load
from bench.exchange import SUCCESS, RunAborted, ask, compose, require
from bench.size.ground import HOST, Ground, run_variant, spend_seconds
from bench.size.indexes import parents
from bench.size.plans import Plan, find_faults, read_plan
from bench.size.questions import (
    QUESTIONS,
    VARIANTS,
    Question,
    months_of_window,
    pages_of,
)

_PATH = "/api/v1/events"
_CONNECTIONS = 2
ROW = "one row by key"


class Cost(Struct, frozen=True):
    """The cost of one answer; `plan` is None without a plan."""

    database_microseconds: float
    api_microseconds: float
    p50_seconds: float
    p95_seconds: float
    answers: int
    plan: Plan | None = None
    faults: list[str] = []


class Shape(Struct, frozen=True):
    """The number of rounds, and the seconds per question in a round."""

    rounds: int
    seconds: float


async def measure_reads(
    ground: Ground, shape: Shape, until: datetime, watch: Callable[[str], None]
) -> dict[str, Cost]:
    """Measure every question in turn, in several rounds.

    Raises RunAborted on the first unsuccessful answer.
    """
    requests, asked = {}, {}
    for question in QUESTIONS:
        asked[question.name] = await find_pages(ground, question, until)
        requests[question.name] = [
            compose_read(ground, urlencode(page)) for page in asked[question.name]
        ]
    requests[ROW] = await find_rows(ground)
    turns: dict[str, list[Cost]] = {name: [] for name in requests}
    for number in range(shape.rounds):
        for name, pages in requests.items():
            watch(f"round {number + 1} of {shape.rounds}: {name}")
            turns[name].append(await take_turn(ground, pages, shape.seconds))
    costs = {name: summarise(several) for name, several in turns.items()}
    for name, plan, faults in await judge_plans(ground, asked):
        costs[name] = msgspec.structs.replace(costs[name], plan=plan, faults=faults)
    return costs


async def take_turn(ground: Ground, pages: list[bytes], seconds: float) -> Cost:
    """Request the pages in turn for the given time."""
    before = spend_seconds(ground)
    sample = await load(
        HOST,
        ground.api.port,
        cycle(pages).__next__,
        connections=_CONNECTIONS,
        seconds=seconds,
    )
    after = spend_seconds(ground)
    latencies = sorted(sample.latencies)
    return Cost(
        database_microseconds=(after[0] - before[0]) / sample.answers * 1e6,
        api_microseconds=(after[1] - before[1]) / sample.answers * 1e6,
        p50_seconds=latencies[len(latencies) // 2],
        p95_seconds=latencies[len(latencies) * 95 // 100],
        answers=sample.answers,
    )


def summarise(turns: list[Cost]) -> Cost:
    """Return the least processor time, the median latency, and the sum of answers.

    The least, because other programs can only add to the cost of the same work.
    """
    return Cost(
        database_microseconds=min(one.database_microseconds for one in turns),
        api_microseconds=min(one.api_microseconds for one in turns),
        p50_seconds=median(one.p50_seconds for one in turns),
        p95_seconds=median(one.p95_seconds for one in turns),
        answers=sum(one.answers for one in turns),
    )


async def find_pages(
    ground: Ground, question: Question, until: datetime
) -> list[dict[str, str]]:
    """Return the query strings; those with a depth get their cursor first."""
    pages = pages_of(question, until)
    if question.depth is None:
        return pages
    found = []
    for page in pages:
        listed = await ask_json(ground, f"?{urlencode(page)}")
        if listed["next_cursor"] is None:
            raise RunAborted(f"{question.name}: nothing is left behind the first page")
        found.append(page | {"cursor": listed["next_cursor"]})
    return found


async def find_rows(ground: Ground) -> list[bytes]:
    """Return requests for single events from the list."""
    listed = await ask_json(ground, f"?limit={VARIANTS}")
    return [compose_read(ground, one["id"], "/") for one in listed["data"]]


async def ask_json(ground: Ground, rest: str) -> dict[str, Any]:
    """Return one answer of the events' routes; raises RunAborted without success."""
    request = compose_read(ground, rest, "")
    answer = await ask(HOST, ground.api.port, request)
    require(answer, SUCCESS)
    read: dict[str, Any] = msgspec.json.decode(answer.body)
    return read


def compose_read(ground: Ground, rest: str, mark: str = "?") -> bytes:
    """Return the bytes of a GET as our member."""
    path = f"{_PATH}{mark}{rest}"
    return compose("GET", path, token=ground.member.token, port=ground.api.port)


async def judge_plans(
    ground: Ground, asked: dict[str, list[dict[str, str]]]
) -> list[tuple[str, Plan, list[str]]]:
    """Explain each question's first page, and return the faults of its plan."""
    said = [
        {"organization": ground.member.organization, "query": pages[0]}
        for pages in asked.values()
    ]
    before = datetime.now(UTC)
    explained = await asyncio.to_thread(
        run_variant, ground, "plans", role="holdfast_api", said=said
    )
    months = max(months_of_window(now) for now in (before, datetime.now(UTC)))
    connection = await ground.connect()
    try:
        belongs = await parents(connection)
    finally:
        await connection.close()
    judged = []
    for question, one in zip(QUESTIONS, explained, strict=True):
        plan = read_plan(one)
        faults = []
        if question.index is not None:
            faults = find_faults(
                plan,
                index=question.index,
                partitions=question.partitions or months,
                parents=belongs,
            )
        judged.append((question.name, plan, faults))
    return judged
