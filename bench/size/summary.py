"""Verdicts, tables and plots from the findings."""

import os
import platform
from datetime import UTC, datetime
from typing import Any

from bench.size.findings import Findings, drift
from bench.size.questions import QUESTIONS
from bench.size.reading import ROW
from bench.size.tables import draw_plots, draw_tables
from exchange.outcomes import Measurement, Outcome
from targets import load
from targets.verdict import Verdict, judge_gauge, worst

POPULATED = 100_000
"""Plans are judged from this many events on: in a small month any index is as good."""
_SOURCE = "bench:size"
_JUDGED = (*(one.name for one in QUESTIONS if one.index is not None), ROW)


def conclude(
    found: list[Findings], *, quick: bool, seed: int, started: datetime
) -> Outcome:
    """Judge growth between the smallest and the largest size; not in quick runs."""
    measurements = [
        judge("speed.list-flat", list_growth(found), list_faults(found), quick=quick),
        judge("speed.batch-linear", batch_growth(found), [], quick=quick),
        judge("speed.rollup-linear", work_growth(found), [], quick=quick),
    ]
    return Outcome(
        kind="bench",
        name="size",
        title="The list, the batch write and the roll-up among more and more events",
        started=started.isoformat(timespec="seconds"),
        ended=datetime.now(UTC).isoformat(timespec="seconds"),
        verdict=worst(one.verdict for one in measurements),
        measurements=measurements,
        facts=describe(found, seed),
    )


def judge(
    target: str, growth: dict[str, float], faults: list[str], *, quick: bool
) -> Measurement:
    """Judge the worst growth by the target; a wrong plan is missed at any cost."""
    promise = load().find(target)
    name = max(growth, key=growth.__getitem__)
    verdict = judge_gauge(growth[name], limit=promise.value)
    detail = f"worst: {name}, {growth[name]:.2f} times"
    if quick:
        verdict = Verdict.NOT_MEASURED
        detail += "; a quick run stops at a hundred thousand events"
    if faults:
        verdict = Verdict.MISSED
        detail += "; " + "; ".join(faults)
    return Measurement(
        target=target,
        value=growth[name],
        unit=promise.unit,
        verdict=verdict,
        detail=detail,
        source=_SOURCE,
    )


def list_growth(found: list[Findings]) -> dict[str, float]:
    """Return the database's processor time for a page, over that at smaller sizes."""
    last = found[-1].reads
    return {
        f"{name} over {lesser.events:,} events": last[name].database_microseconds
        / lesser.reads[name].database_microseconds
        for lesser in found[:-1]
        for name in _JUDGED
    }


def list_faults(found: list[Findings]) -> list[str]:
    """Return every unexpected plan at sizes with well-filled months."""
    return [
        f"{name} among {one.events:,}: {fault}"
        for one in found
        if one.events >= POPULATED
        for name, cost in one.reads.items()
        for fault in cost.faults
    ]


def batch_growth(found: list[Findings]) -> dict[str, float]:
    """Return API and database time per event, over that at smaller sizes."""
    last = found[-1].writes
    return {
        f"batches of {size} over {lesser.events:,} events": last[size].both_microseconds
        / lesser.writes[size].both_microseconds
        for lesser in found[:-1]
        for size in last
    }


def work_growth(found: list[Findings]) -> dict[str, float]:
    """Return CPU time per rolled-up or reported event, over that at smaller sizes.

    Fixed costs hide growth from the smallest size, so every size counts, and so does
    the end of the backlog compared with its beginning.
    """
    last = found[-1]
    growth = {"the backlog's last jobs over its first": drift(last.rolled)}
    for lesser in found[:-1]:
        beside = f"over {lesser.events:,} events"
        growth[f"roll-up {beside}"] = (
            last.rolled.microseconds_each / lesser.rolled.microseconds_each
        )
        for days, built in last.reports.items():
            growth[f"report of {days} days {beside}"] = (
                built.microseconds_each / lesser.reports[days].microseconds_each
            )
    return growth


def describe(found: list[Findings], seed: int) -> dict[str, Any]:
    """Return all measurements as tables and plots, with their machine."""
    return {
        "seed": seed,
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "plans": {
            f"{one.events}": {
                name: {
                    "buffers": cost.plan.buffers,
                    "rows": cost.plan.rows,
                    "rows_skipped": cost.plan.skipped,
                    "scans": [" of ".join(scan) for scan in cost.plan.scans],
                    "faults": cost.faults,
                }
                for name, cost in one.reads.items()
                if cost.plan is not None
            }
            for one in found
        },
        "tables": draw_tables(found),
        "plots": draw_plots(found),
    }
