from msgspec.structs import replace

import targets
from exchange.outcomes import Measurement
from targets.calibration import Calibration
from targets.verdict import Verdict
from verify.calibrating import calibrate, describe, weigh_outcomes
from verify.plan import QUICK
from verify.scorecard import build

TARGETS = targets.load()
LOG_IN = "slo.latency-auth"
SLOW = Calibration(hash_seconds=0.05, json_seconds=0.0075)
RATIO = SLOW.ratio(TARGETS.reference)


def missed(outcome, seconds):
    """Return the outcome with this log in p95, which misses its target."""
    found = [
        replace(one, value=seconds, verdict=Verdict.MISSED)
        if one.target == LOG_IN
        else one
        for one in outcome.measurements
    ]
    return replace(outcome, measurements=found, verdict=Verdict.MISSED)


def score(sample, ratio, seconds=0.155):
    outcomes = {step.source: sample(step.source) for step in QUICK}
    outcomes["load:steady"] = missed(outcomes["load:steady"], seconds)
    scorecard = build(TARGETS, QUICK, weigh_outcomes(outcomes, TARGETS, ratio))
    return scorecard, next(one for one in scorecard.lines if one.target == LOG_IN)


def test_a_slow_machine_ends_not_decided_and_only_strict_fails(sample):
    scorecard, line = score(sample, RATIO)

    assert line.verdict is Verdict.NOT_DECIDED
    assert line.measured == "155 ms"
    assert "scaled to the reference: 62 ms" in line.detail
    assert "2.5 × slower than the reference" in line.detail
    assert scorecard.exit_code(strict=False) == 0
    assert scorecard.exit_code(strict=True) == 1


def test_a_planted_slowdown_fails_on_a_slow_machine(sample):
    scorecard, line = score(sample, RATIO, seconds=0.310)

    assert line.verdict is Verdict.MISSED
    assert scorecard.exit_code(strict=False) == 1


def test_missed_fails_on_a_machine_as_fast_as_the_reference(sample):
    scorecard, line = score(sample, 1.0)

    assert line.verdict is Verdict.MISSED
    assert scorecard.exit_code(strict=False) == 1


def test_without_a_calibration_nothing_changes(sample):
    scorecard, line = score(sample, None)

    assert line.verdict is Verdict.MISSED
    assert scorecard.exit_code(strict=False) == 1


def test_a_run_that_was_missed_for_another_reason_stays_missed(sample):
    broken = missed(sample("load:steady"), 0.155)
    other = Measurement(
        target="slo.errors",
        value=0.5,
        unit="ratio",
        verdict=Verdict.MISSED,
        detail="planted",
    )
    broken = replace(broken, measurements=[*broken.measurements, other])

    weighed = weigh_outcomes({"load:steady": broken}, TARGETS, RATIO)["load:steady"]

    assert weighed.verdict is Verdict.MISSED


def test_the_description_has_the_ratio_and_every_workload():
    said = describe(SLOW, TARGETS.reference)

    assert said.startswith("2.50 × the reference's time, slower")
    assert "hash 50 ms (20ms)" in said
    assert "JSON 7.5 ms (3ms)" in said


def test_the_calibration_runs_without_a_database():
    measured = calibrate(None)

    assert measured.hash_seconds > 0
    assert measured.json_seconds > 0
    assert measured.round_trip_seconds is None
