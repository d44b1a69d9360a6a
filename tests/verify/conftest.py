import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import pytest
from msgspec.structs import replace

import targets
from exchange.outcomes import Kind, Measurement, Moment, Outcome, Point
from exchange.platforms import Account, Api, LocalDatabase, LocalPlatform
from targets.verdict import Verdict
from verify.plan import CLUSTER, DRILL, FULL

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

LEDGER = {
    "acknowledged": 1834,
    "lost": 0,
    "duplicate": 0,
    "ghost": 2,
    "late": 0,
    "unfinished": 0,
    "unresolved": 0,
}

PLANS = (*FULL, *DRILL, *CLUSTER)

NOBODY = Account("nobody", "secret")
LOCAL = LocalPlatform(
    started=NOON.isoformat(),
    state="/nonexistent",
    hold_dir="/nonexistent/hold",
    api=Api("http://127.0.0.1:8000"),
    workers=(),
    database=LocalDatabase("holdfast", (), {"monitor": NOBODY}, NOBODY),
    redis={},
)

Sample = Callable[..., Outcome]


def _measure(full_id: str, proof: str) -> Measurement:
    """Return a value well inside its target."""
    target = targets.load().find(full_id)
    share = 1.2 if target.comparison == "at_least" else 0.5
    return Measurement(
        target=full_id,
        value=min(target.value * share, 1.0)
        if target.unit == "ratio"
        else target.value * share,
        unit=target.unit,
        verdict=Verdict.MET,
        detail="as the test says",
        samples=1000,
        source=proof,
    )


def _series(began: float, seconds: int, outage: range) -> list[Point]:
    return [
        Point(
            at=began + at,
            ok=0 if at in outage else 50,
            failed=50 if at in outage else 0,
            p50=None if at in outage else 0.012,
            p95=None if at in outage else 0.03 + 0.01 * math.sin(at),
        )
        for at in range(seconds)
    ]


def _timeline(struck: float, outage: int) -> list[Moment]:
    return [
        Moment(at=struck, what="SIGKILL to postgres 4711", kind="fault"),
        Moment(at=struck + 0.1, what="port 5432 refuses", kind="proof"),
        Moment(at=struck + outage, what="first write again", kind="recovered"),
        Moment(at=struck + outage + 4, what="hold removed", kind="undone"),
    ]


def _facts(kind: Kind) -> dict[str, object]:
    facts: dict[Kind, dict[str, object]] = {
        "check": {},
        "load": {"seed": 7},
        "chaos": {"seed": 7, "ledger": dict(LEDGER)},
        "drill": {"seed": 7, "ledger": dict(LEDGER)},
        "bench": {},
        "cluster": {"seed": 7, "ledger": dict(LEDGER)},
    }
    return facts[kind]


@pytest.fixture(scope="session")
def published() -> Callable[..., LocalPlatform]:
    """Build a published platform without processes; `changes` replaces fields."""
    return partial(replace, LOCAL)


@pytest.fixture(scope="session")
def sample() -> Sample:
    """Build an outcome that measures all of its targets; `changes` replaces fields."""

    def build(source: str, *, at: float = 0.0, outage: int = 3, **changes) -> Outcome:
        prefix, _, name = source.partition(":")
        kind = msgspec.convert(prefix, Kind)
        began = NOON + timedelta(seconds=at)
        start = began.timestamp()
        proved = targets.load().all().items()
        hurt = kind in {"chaos", "drill", "cluster"}
        hit = range(10, 10 + outage) if hurt else range(0)
        outcome = Outcome(
            kind=kind,
            name=name,
            title=next((s.title for s in PLANS if s.source == source), name),
            started=began.isoformat(),
            ended=(began + timedelta(seconds=40)).isoformat(),
            verdict=Verdict.MET,
            measurements=[
                _measure(full_id, source) for full_id, t in proved if source in t.proof
            ],
            facts=_facts(kind),
            series=[] if kind == "check" else _series(start, 40, hit),
            timeline=_timeline(start + 10, outage) if hurt else [],
        )
        return replace(outcome, **changes)

    return build


@pytest.fixture(scope="session")
def full_outcomes(sample) -> dict[str, Outcome]:
    """Return a met outcome for every step of the full plan, in sequence."""
    return {
        step.source: sample(step.source, at=45.0 * number)
        for number, step in enumerate(FULL)
    }
