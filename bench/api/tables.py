"""Results of the run as tables, ratios and bars."""

from typing import Any

from bench.api.cases import CASES
from bench.api.offered import Beside, Held
from bench.api.summary import Compared, Row
from bench.api.telemetry import Cost
from targets import load

_PANELS = {
    "event list, 50 rows": ("list", "list-cached", "list-304"),
    "one event by its id": ("one",),
    "one event written": ("write",),
    "100 events written": ("batch",),
    "log in": ("login",),
}
_GOT = {"list-cached": ", cached", "list-304": ", 304"}


def draw_tables(rows: list[Row], held: Held, beside: Beside) -> list[dict[str, Any]]:
    """Draw the closed rounds and the open arrivals."""
    return [
        {
            "title": "Side by side, one process on one core",
            "columns": [
                "case",
                "program",
                "CPU µs",
                "req/s",
                "× peer",
                "× bare",
                "p95 ms",
                "DB µs",
                "busy",
                "others",
            ],
            "rows": [draw_row(row) for row in rows],
            "note": (
                "holdfast: one API process with authentication, row-level security,"
                " metrics and traces of 1 % of the requests. one-insert: the same"
                " without group commit. fastapi: FastAPI, SQLAlchemy's ORM, uvicorn."
                " bare: ASGI and asyncpg on granian, the ceiling."
                " CPU µs: processor time of the program's processes for one request."
                " DB µs: the same of Postgres. × peer, × bare: requests a second,"
                " median of per-round ratios. busy: how much of its core the program"
                " used; where that is little, Postgres or the generator set the rate."
                " others: what other programs used of one core meanwhile."
            ),
        },
        {
            "title": "Open arrivals at one instance",
            "columns": ["what", "p50 ms", "p95 ms", "p99 ms", "busy", "others"],
            "rows": [
                draw_held(f"event list, {held.rate_per_second:.0f}/s", held),
                [
                    f"log in, four at once ({beside.log_ins})",
                    in_ms(beside.log_in_p50_seconds),
                    in_ms(beside.log_in_p95_seconds),
                    "",
                    "",
                    "",
                ],
                draw_held(
                    f"one event, {beside.others.rate_per_second:.0f}/s, meanwhile",
                    beside.others,
                ),
            ],
            "note": (
                "Poisson arrivals; latency from the intended start. The generator's"
                f" own lag p99 was {held.lag_p99_seconds * 1000:.2f} ms and"
                f" {beside.others.lag_p99_seconds * 1000:.2f} ms."
            ),
        },
    ]


def draw_inside(cost: Cost) -> dict[str, Any]:
    """Draw the cost of telemetry per request."""
    return {
        "title": "Metrics and tracing, in process",
        "columns": ["a request", "CPU µs", "added"],
        "rows": [
            ["neither", f"{cost.without:.1f}", ""],
            [
                "metrics, one in a hundred traced",
                f"{cost.sampled:.1f}",
                f"{cost.sampled - cost.without:.1f}",
            ],
            [
                "metrics, every one traced",
                f"{cost.every:.1f}",
                f"{cost.every - cost.without:.1f}",
            ],
        ],
        "note": (
            "The doors of a list past the cache, with a database that answers at once;"
            " exporting the spans is part of it."
        ),
    }


def draw_row(row: Row) -> list[str]:
    return [
        CASES[row.case].title,
        row.subject,
        f"{row.cpu_microseconds:.0f}",
        f"{row.per_second:.0f}",
        in_times(row.over_peer),
        in_times(row.over_ceiling),
        in_ms(row.p95_seconds),
        f"{row.database_microseconds:.0f}",
        f"{row.subject_share:.0%}",
        f"{row.foreign_share:.0%}",
    ]


def draw_held(what: str, held: Held) -> list[str]:
    return [
        what,
        in_ms(held.p50_seconds),
        in_ms(held.p95_seconds),
        in_ms(held.p99_seconds),
        f"{held.subject_share:.0%}",
        f"{held.foreign_share:.0%}",
    ]


def draw_ratios(ratios: dict[str, Compared]) -> list[dict[str, Any]]:
    """Draw each ratio with its spread and its goal."""
    return [
        {
            "title": load().find(target).title,
            "ratio": one.times,
            "low": one.low,
            "high": one.high,
            "goal": load().find(target).value,
        }
        for target, one in ratios.items()
    ]


def draw_bars(rows: list[Row]) -> list[dict[str, Any]]:
    """Draw processor time per request, by kind of work and program."""
    groups = [
        {
            "name": name,
            "bars": [
                {"name": name_bar(row), "value": row.cpu_microseconds}
                for row in rows
                if row.case in cases
            ],
        }
        for name, cases in _PANELS.items()
    ]
    return [{"title": "Processor time of one request", "unit": "µs", "groups": groups}]


def name_bar(row: Row) -> str:
    """Return the name of the program, and the source of the page where it differs."""
    return row.subject + _GOT.get(row.case, "")


def in_ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"


def in_times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"
