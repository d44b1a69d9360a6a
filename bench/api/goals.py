"""Measurements of the API's goals from the rounds and the open arrivals."""

from statistics import median

from bench.api.cases import BATCH_EVENTS
from bench.api.offered import Beside, Held
from bench.api.rounds import Turn
from bench.api.summary import Compared, Key, compare_cases
from bench.api.telemetry import Cost
from bench.judging import judge
from bench.subjects import CEILING, ONE_INSERT, OURS, PEER
from exchange.outcomes import Measurement

SUITE = "api"
_RATIOS: dict[str, list[tuple[Key, Key, float]]] = {
    "speed.list-over-peer": [(("list", OURS), ("list", PEER), 1)],
    "speed.list-over-ceiling": [(("list", OURS), ("list", CEILING), 1)],
    "speed.list-cached": [
        (("list-cached", OURS), ("list", OURS), 1),
        (("list-304", OURS), ("list", OURS), 1),
    ],
    "speed.row-over-peer": [(("one", OURS), ("one", PEER), 1)],
    "speed.row-over-ceiling": [(("one", OURS), ("one", CEILING), 1)],
    "speed.ingest-over-peer": [(("write", OURS), ("write", PEER), 1)],
    "speed.ingest-over-inserts": [(("write", OURS), ("write", ONE_INSERT), 1)],
    "speed.batch-over-singles": [(("batch", OURS), ("write", OURS), BATCH_EVENTS)],
}
"""Numerator, denominator, and the events per answer of the numerator."""


def find_ratios(turns: list[Turn]) -> dict[str, Compared]:
    """Return the ratio of each goal; the smallest where a goal names several."""
    return {
        target: min(
            (
                compare_cases(turns, key, other, events=events)
                for key, other, events in pairs
            ),
            key=lambda compared: compared.times,
        )
        for target, pairs in _RATIOS.items()
    }


def judge_ratios(ratios: dict[str, Compared], *, rounds: int) -> list[Measurement]:
    """Return one measurement per ratio; `rounds` is the number of samples."""
    return [
        judge(
            target,
            one.times,
            suite=SUITE,
            detail=(
                f"{one.by_rate:.2f}× by requests a second,"
                f" {one.by_processor:.2f}× by processor time;"
                f" quartiles {one.low:.2f} to {one.high:.2f}"
            ),
            samples=rounds,
            doubts=one.doubts,
        )
        for target, one in ratios.items()
    ]


def judge_offered(held: Held) -> list[Measurement]:
    """Judge latency and processor use of the list at the target rate."""
    detail = (
        f"{held.arrivals} arrivals at {held.rate_per_second:.0f}/s, p50"
        f" {held.p50_seconds * 1000:.1f} ms, p99 {held.p99_seconds * 1000:.1f} ms"
    )
    many = held.arrivals
    return [
        judge(
            "speed.offered-latency",
            held.p95_seconds,
            suite=SUITE,
            detail=detail,
            samples=many,
            doubts=held.doubts,
        ),
        judge(
            "speed.offered-cpu",
            held.subject_share,
            suite=SUITE,
            detail=detail,
            samples=many,
            doubts=held.doubts,
        ),
    ]


def judge_log_in(beside: Beside) -> list[Measurement]:
    """Judge four concurrent log-ins and their effect on other requests."""
    others = beside.others
    return [
        judge(
            "speed.log-in",
            beside.log_in_p95_seconds,
            suite=SUITE,
            detail=f"p50 {beside.log_in_p50_seconds * 1000:.1f} ms",
            samples=beside.log_ins,
            doubts=others.doubts,
        ),
        judge(
            "speed.beside-log-in",
            others.p95_seconds,
            suite=SUITE,
            detail=(
                f"one event by its id at {others.rate_per_second:.0f}/s,"
                f" p50 {others.p50_seconds * 1000:.1f} ms"
            ),
            samples=others.arrivals,
            doubts=others.doubts,
        ),
    ]


def judge_telemetry(cost: Cost) -> Measurement:
    """Judge the cost of metrics and sampled tracing per request."""
    return judge(
        "speed.telemetry",
        cost.seconds,
        suite=SUITE,
        detail=(
            f"{cost.without:.1f} µs without, {cost.sampled:.1f} µs with;"
            f" {cost.every:.1f} µs with every request traced"
        ),
    )


def judge_import(seconds: list[float]) -> Measurement:
    """Judge the processor time of importing the API."""
    return judge(
        "speed.import-api",
        median(seconds),
        suite=SUITE,
        detail=f"{min(seconds):.3f} to {max(seconds):.3f} s, interpreter included",
        samples=len(seconds),
    )
