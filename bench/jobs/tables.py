"""Results of the run as tables, ratios and bars."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import targets
from bench.jobs.durable import DATABASE, RELAY, WORKER, Durable
from bench.jobs.goals import Ratio, select
from bench.jobs.queues import CELERY, DRAMATIQ, OURS
from bench.jobs.turns import Turn

NAMES = {OURS: "Holdfast", DRAMATIQ: "Dramatiq, stock", CELERY: "Celery, threads"}
MEBIBYTE = 1024 * 1024
_SIDE_BY_SIDE = (
    "One worker process each, 8 jobs at a time, the same Redis; every job was started"
    " exactly once, or the run would be invalid. CPU µs: processor time of the worker"
    " for one job. warm: jobs at 200/s on average, at irregular times; cold: one after"
    " 0.4 s of rest; both from before enqueueing to the job's first instruction."
    " What is compared is delivery, and it is not the same promise: Celery"
    " acknowledges before it runs, so a crash loses the task; Dramatiq acknowledges"
    " after, so a crash may run it twice; for both, what Redis loses is lost."
    " Holdfast's hints may be lost or doubled, because the row in Postgres decides:"
    " that is the next table."
)
_DURABLE = (
    "put_job in a transaction, relay, broker, claim, effect and completion in one"
    " transaction, on one Postgres without a standby, with metrics and 1 % of traces"
    " exported. The delay runs from asking for"
    " the COMMIT to the beginning of the effect's transaction, at 100 jobs/s and at"
    " irregular times. Neither peer promises this: a job that exists if and only if its"
    " transaction did, survives the loss of Redis, and has its effect once."
)


def draw_tables(
    turns: Sequence[Turn], rounds: Sequence[Durable]
) -> list[dict[str, Any]]:
    """Draw delivery compared with the peers, and the durable path."""
    return [
        {
            "title": "No-op jobs, side by side",
            "columns": [
                "queue",
                "jobs/s",
                "CPU µs",
                "enqueue µs",
                "warm p50 ms",
                "warm p95 ms",
                "cold p95 ms",
                "at rest",
                "MiB",
                "foreign",
            ],
            "rows": [draw_queue(select(turns, name)) for name in NAMES],
            "note": _SIDE_BY_SIDE,
        },
        {
            "title": "The durable path",
            "columns": ["what", "value"],
            "rows": draw_durable(rounds),
            "note": _DURABLE,
        },
    ]


def draw_queue(turns: Sequence[Turn]) -> list[str]:
    """Draw the row of one queue: medians over its rounds."""

    def middle(measure: Callable[[Turn], float]) -> float:
        return median(map(measure, turns))

    return [
        NAMES[turns[0].queue],
        f"{middle(lambda turn: turn.per_second):.0f}",
        f"{middle(lambda turn: turn.cpu_microseconds):.0f}",
        f"{middle(lambda turn: turn.enqueue_microseconds):.0f}",
        in_ms(middle(lambda turn: median(turn.warm))),
        in_ms(middle(lambda turn: turn.warm_p95)),
        in_ms(middle(lambda turn: turn.cold_p95)),
        f"{middle(lambda turn: turn.rest_share):.1%}",
        f"{middle(lambda turn: turn.memory_bytes) / MEBIBYTE:.0f}",
        f"{middle(lambda turn: turn.foreign_share):.0%}",
    ]


def draw_durable(rounds: Sequence[Durable]) -> list[list[str]]:
    """Draw one row per measurement of the path: medians over its rounds."""

    def middle(measure: Callable[[Durable], float]) -> float:
        return median(map(measure, rounds))

    lines = [
        ["jobs/s", f"{middle(lambda one: one.per_second):.0f}"],
        ["delay p50 ms", in_ms(middle(lambda one: median(one.warm)))],
        ["delay p95 ms", in_ms(middle(lambda one: one.warm_p95))],
        ["delay p95 ms, after 0.4 s of rest", in_ms(middle(lambda one: one.cold_p95))],
    ]
    for name in (WORKER, RELAY, DATABASE):
        cost = median(one.cpu_microseconds[name] for one in rounds)
        lines.append([f"CPU µs a job, {name}", f"{cost:.0f}"])
    for name in (WORKER, RELAY):
        rest = median(one.rest_share[name] for one in rounds)
        memory = median(one.memory_bytes[name] for one in rounds)
        lines.append([f"core at rest, {name}", f"{rest:.1%}"])
        lines.append([f"MiB under load, {name}", f"{memory / MEBIBYTE:.0f}"])
    lines.append(["foreign", f"{middle(lambda one: one.foreign_share):.0%}"])
    return lines


def draw_ratios(ratios: dict[str, Ratio]) -> list[dict[str, Any]]:
    """Draw each ratio with its spread and its goal."""
    return [
        {
            "title": targets.load().find(target).title,
            "ratio": one.times,
            "low": one.low,
            "high": one.high,
            "goal": targets.load().find(target).value,
        }
        for target, one in ratios.items()
    ]


def draw_bars(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Draw processor time per job and start delay, by queue."""
    measures: list[tuple[str, str, Callable[[Turn], float]]] = [
        ("Processor time of one no-op job", "µs", lambda turn: turn.cpu_microseconds),
        ("Enqueue to start, p95, in use", "ms", lambda turn: turn.warm_p95 * 1000),
        ("Enqueue to start, p95, at rest", "ms", lambda turn: turn.cold_p95 * 1000),
    ]
    return [
        {
            "title": title,
            "unit": unit,
            "groups": [
                {
                    "name": "no-op job",
                    "bars": [
                        {
                            "name": shown,
                            "value": median(map(measure, select(turns, name))),
                        }
                        for name, shown in NAMES.items()
                    ],
                }
            ],
        }
        for title, unit, measure in measures
    ]


def in_ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"
