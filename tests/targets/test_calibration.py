import pytest
from msgspec.structs import replace

import targets
from targets.calibration import Calibration, is_slower, judge_on_machine, scale
from targets.loading import TargetsUnreadable, parse
from targets.verdict import Verdict

TARGETS = targets.load()
REFERENCE = TARGETS.reference
LOG_IN = TARGETS.find("slo.latency-auth")
CAPACITY = TARGETS.find("capacity.api")
SLOW = 2.5


def judge(verdict, value, target=LOG_IN, ratio=SLOW):
    return judge_on_machine(verdict, value, target, ratio=ratio, reference=REFERENCE)


def calibrated(*factors):
    names = ("hash", "json", "round_trip")
    times = {
        f"{name}_seconds": getattr(REFERENCE, name).value * factor
        for name, factor in zip(names, factors, strict=False)
    }
    return Calibration(**times)


def test_a_missed_latency_is_not_decided_when_the_scaled_value_meets():
    assert judge(Verdict.MISSED, 0.155) is Verdict.NOT_DECIDED


def test_a_planted_slowdown_of_the_code_is_missed_on_a_slow_machine():
    """A log in twice as slow: 310 ms are 124 ms on the reference machine."""
    assert judge(Verdict.MISSED, 0.310) is Verdict.MISSED


def test_a_slow_machine_that_meets_the_target_meets_it():
    assert judge(Verdict.MET, 0.09) is Verdict.MET


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.2])
def test_missed_stays_missed_on_a_machine_that_is_not_slower(ratio):
    assert judge(Verdict.MISSED, 0.101, ratio=ratio) is Verdict.MISSED


def test_a_rate_scales_the_other_way():
    assert scale(500, CAPACITY, SLOW) == 1250
    assert judge(Verdict.MISSED, 500, CAPACITY) is Verdict.NOT_DECIDED
    assert judge(Verdict.MISSED, 300, CAPACITY) is Verdict.MISSED


def test_a_target_that_is_not_processor_bound_stays_missed():
    durable = replace(LOG_IN, processor_bound=False)

    assert judge(Verdict.MISSED, 0.155, durable) is Verdict.MISSED


@pytest.mark.parametrize("verdict", [Verdict.INVALID, Verdict.NOT_MEASURED])
def test_only_missed_can_change(verdict):
    assert judge(verdict, 0.155) is verdict


def test_a_missed_target_without_a_value_stays_missed():
    assert judge(Verdict.MISSED, None) is Verdict.MISSED


def test_one_disturbed_workload_does_not_make_the_machine_slower():
    assert calibrated(1.0, 9.0, 1.1).ratio(REFERENCE) == pytest.approx(1.1)
    assert not is_slower(1.1, REFERENCE)
    assert is_slower(1.5, REFERENCE)


def test_the_ratio_needs_no_database():
    assert calibrated(2.0, 3.0).ratio(REFERENCE) == pytest.approx(2.5)


def test_only_durations_and_rates_can_be_processor_bound(written):
    planted = written.replace(
        "[slo.errors]\n", "[slo.errors]\nprocessor_bound = true\n"
    )

    with pytest.raises(TargetsUnreadable, match="only a duration or a rate"):
        parse(planted)
