"""The board check: every query of every panel against the running Prometheus."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from dashboards.proof.boards.checks import QueryCheck, Source, check_board
from dashboards.proof.boards.control import control
from dashboards.proof.boards.variables import Pace
from dashboards.proof.metrics.prometheus import Prometheus, QueryRefused, Span
from dashboards.reading import Board
from exchange.outcomes import Measurement, Outcome
from targets.verdict import Verdict, judge_zero

TARGET: Final = "limit.blind-panels"
SOURCE: Final = "check:boards"
STEP_SECONDS: Final = 15
RATE_SECONDS: Final = 60
_TRAFFIC: Final = (
    'sum(increase(holdfast_http_request_duration_seconds_count{{route=~"/api/v1/.+"}}'
    "[{seconds}s]))"
)


def prove(
    prometheus: Prometheus, boards: Sequence[Board], *, now: float, seconds: int
) -> Outcome:
    """Judge the last `seconds` before `now` (epoch seconds).

    The proof is invalid without traffic, without panels, or when the control passes.
    """
    started = datetime.now(UTC)
    source = Source(
        prometheus,
        Span(start=now - seconds, end=now, step_seconds=STEP_SECONDS),
        Pace(seconds, STEP_SECONDS, RATE_SECONDS),
    )
    checks = [one for board in boards for one in check_board(source, board)]
    controls = {board.uid: control(source, board, checks) for board in boards}
    doubts = [
        *_doubt_traffic(prometheus, now, seconds),
        *(
            f"the control of {uid} stayed green: a wrong label was not seen"
            for uid, one in controls.items()
            if one is None or not one.is_blind
        ),
    ]
    measurement = _measure(checks, doubts)
    return Outcome(
        kind="check",
        name="boards",
        title="Every panel of every board answers with data",
        started=started.isoformat(),
        ended=datetime.now(UTC).isoformat(),
        verdict=measurement.verdict,
        invalid_because=doubts,
        measurements=[measurement],
        facts={
            "tables": [_table(checks)],
            "controls": {
                uid: f"{one.panel}: {one.flaw or 'stayed green'}"
                for uid, one in controls.items()
                if one
            },
        },
    )


def _doubt_traffic(prometheus: Prometheus, now: float, seconds: int) -> list[str]:
    try:
        found = prometheus.at(_TRAFFIC.format(seconds=seconds), now)
    except QueryRefused as refused:
        return [str(refused)]
    requests = sum(number for series in found for number in series.numbers)
    if requests >= 1:
        return []
    return [f"no request in the last {seconds} s: run a load suite first"]


def _measure(checks: Sequence[QueryCheck], doubts: Sequence[str]) -> Measurement:
    panels = {(one.board, one.panel) for one in checks}
    blind = {(one.board, one.panel): one.flaw for one in checks if one.is_blind}
    verdict = judge_zero(len(blind), looked_at=len(panels))
    named = [f"{board} / {panel}: {flaw}" for (board, panel), flaw in blind.items()]
    return Measurement(
        target=TARGET,
        value=float(len(blind)),
        unit="count",
        verdict=Verdict.INVALID if doubts else verdict,
        detail="; ".join(named) or f"{len(checks)} queries of {len(panels)} panels",
        samples=len(panels),
        source=SOURCE,
    )


def _table(checks: Sequence[QueryCheck]) -> dict[str, Any]:
    return {
        "title": "What every panel answered",
        "columns": ["board", "panel", "query", "series", "verdict"],
        "rows": [
            [
                one.board,
                one.panel,
                one.query,
                str(one.series),
                one.flaw or ("may be empty: " + one.excuse if one.excuse else "sees"),
            ]
            for one in checks
        ],
        "note": "",
    }
