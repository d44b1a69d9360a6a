"""The calibration: fixed workloads that measure the machine, not the platform."""

import hashlib
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Final

import msgspec
import psycopg
from argon2.low_level import Type, hash_secret_raw
from msgspec.structs import replace

from exchange.outcomes import Measurement, Outcome
from exchange.platforms import LocalDatabase
from targets import Targets
from targets.calibration import Calibration, is_slower, judge_on_machine, scale
from targets.families import Reference
from targets.verdict import Verdict, worst
from verify.figures import write_figure, write_seconds

_RUNS: Final = 9
_ROUND_TRIPS: Final = 50
_CONNECT_SECONDS: Final = 5
_DOCUMENT: Final = {
    "events": [
        {
            "id": hashlib.sha256(str(number).encode()).hexdigest(),
            "kind": "order.created",
            "occurred_at": f"2026-11-20T12:00:{number % 60:02d}Z",
            "payload": {"number": number, "tags": ["a", "b", "c"], "share": 0.25},
        }
        for number in range(1_000)
    ]
}


def calibrate(database: LocalDatabase | None) -> Calibration:
    """Run each workload several times and take the median, to reduce noise."""
    return Calibration(
        hash_seconds=_time(_hash),
        json_seconds=_time(_code_json),
        round_trip_seconds=_time_round_trips(database),
    )


def describe(calibration: Calibration, reference: Reference) -> str:
    """Return one line: the ratio to the reference, then each workload."""
    ratio = calibration.ratio(reference)
    slower = ", slower" if is_slower(ratio, reference) else ""
    trip = calibration.round_trip_seconds
    parts = [
        f"hash {write_seconds(calibration.hash_seconds)} ({reference.hash.text})",
        f"JSON {write_seconds(calibration.json_seconds)} ({reference.json.text})",
    ]
    if trip is not None:
        parts.append(f"round trip {write_seconds(trip)} ({reference.round_trip.text})")
    return f"{ratio:.2f} × the reference's time{slower}: {', '.join(parts)}"


def weigh_outcomes(
    outcomes: Mapping[str, Outcome], targets: Targets, ratio: float | None
) -> dict[str, Outcome]:
    """Scale processor-bound measurements and apply the verdicts of a slower machine.

    A run whose missed measurements are now all not decided becomes not decided itself.
    """
    if ratio is None:
        return dict(outcomes)
    return {
        source: _weigh_outcome(outcome, targets, ratio)
        for source, outcome in outcomes.items()
    }


def _weigh_outcome(outcome: Outcome, targets: Targets, ratio: float) -> Outcome:
    found = [_weigh(one, targets, ratio) for one in outcome.measurements]
    changed = any(one.verdict is Verdict.NOT_DECIDED for one in found)
    missed = any(one.verdict is Verdict.MISSED for one in found)
    verdict = outcome.verdict
    if verdict is Verdict.MISSED and changed and not missed:
        verdict = worst(one.verdict for one in found)
    return replace(outcome, measurements=found, verdict=verdict)


def _weigh(found: Measurement, targets: Targets, ratio: float) -> Measurement:
    target = targets.all().get(found.target)
    if target is None or found.value is None or not target.processor_bound:
        return found
    verdict = judge_on_machine(
        found.verdict, found.value, target, ratio=ratio, reference=targets.reference
    )
    scaled = write_figure(scale(found.value, target, ratio), target.unit)
    detail = f"{found.detail}; scaled to the reference: {scaled}"
    if verdict is Verdict.NOT_DECIDED:
        detail += f"; this machine is {ratio:.1f} × slower than the reference"
    return replace(found, verdict=verdict, detail=detail)


def _time(workload: Callable[[], object]) -> float:
    return median(_time_once(workload) for _ in range(_RUNS))


def _time_once(workload: Callable[[], object]) -> float:
    began = time.perf_counter()
    workload()
    return time.perf_counter() - began


def _hash() -> bytes:
    """Hash with the parameters of the API's passwords."""
    return hash_secret_raw(
        b"correct horse battery staple",
        b"sixteen byte salt",
        time_cost=5,
        memory_cost=7_168,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )


def _code_json() -> object:
    return msgspec.json.decode(msgspec.json.encode(_DOCUMENT))


def _time_round_trips(database: LocalDatabase | None) -> float | None:
    """Time `SELECT 1` on the server that takes writes; None without a server."""
    if database is None or not database.hosts:
        return None
    try:
        with connect(database) as connection, connection.cursor() as cursor:
            return median(
                _time_once(lambda: cursor.execute("SELECT 1").fetchone())
                for _ in range(_ROUND_TRIPS)
            )
    except psycopg.Error:
        return None


def connect(database: LocalDatabase) -> psycopg.Connection:
    """Connect to the server that takes writes as the monitor; raises psycopg.Error."""
    pairs = [host.rpartition(":") for host in database.hosts]
    monitor = database.users["monitor"]
    return psycopg.connect(
        host=",".join(host for host, _, _ in pairs),
        port=",".join(port for _, _, port in pairs),
        dbname=database.name,
        user=monitor.name,
        password=monitor.password,
        target_session_attrs="read-write",
        connect_timeout=_CONNECT_SECONDS,
    )
