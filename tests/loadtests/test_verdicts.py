import pytest

from loadtests.stats import Stats
from loadtests.verdicts import edges_of, judged_slos, measure
from targets import load
from targets.verdict import Verdict

SLOS = judged_slos(load(), "steady")
NAME = "slo.latency-events"
SLO = SLOS[NAME]
ROUTE = SLO.only[0]
OVER, UNDER = SLO.value * 1.01, SLO.value * 0.99


def judge(*, quick=0, slow=0, failed=0, name=NAME, valid=True):
    stats = Stats()
    edges = edges_of(SLOS.values())
    for count, latency, is_failure in (
        (quick, UNDER, False),
        (slow, OVER, False),
        (failed, 0.001, True),
    ):
        for _ in range(count):
            stats.route(ROUTE).record(
                intended=latency, service=0.001, failed=is_failure, edges=edges
            )
    return measure(
        name, SLOS[name], stats, source="load:steady", valid=valid, beside=""
    )


def test_steady_judges_every_target_that_names_the_suite():
    named = {
        name for name, target in load().all().items() if "load:steady" in target.proof
    }

    assert set(SLOS) == named


def test_four_percent_slow_of_ten_thousand_is_met():
    assert judge(quick=9600, slow=400).verdict is Verdict.MET


def test_six_percent_slow_of_ten_thousand_is_missed():
    assert judge(quick=9400, slow=600).verdict is Verdict.MISSED


def test_four_and_a_half_percent_slow_of_a_thousand_is_undecided():
    measurement = judge(quick=955, slow=45)

    assert measurement.verdict is Verdict.NOT_MEASURED
    assert "run longer" in measurement.detail


def test_fast_failures_count_as_bad():
    measurement = judge(quick=9400, failed=600)

    assert measurement.verdict is Verdict.MISSED
    assert measurement.samples == 10_000
    assert measurement.value == pytest.approx(60, rel=0.001)


def test_nothing_sent_is_not_measured():
    assert judge().verdict is Verdict.NOT_MEASURED
    assert judge().value is None


def test_an_invalid_run_is_invalid_even_with_good_latencies():
    assert judge(quick=10_000, valid=False).verdict is Verdict.INVALID


def test_the_error_budget_counts_failures_and_not_slowness():
    met = judge(quick=5_000, slow=5_000, name="slo.errors")
    missed = judge(quick=9_900, failed=100, name="slo.errors")

    assert (met.verdict, met.value) == (Verdict.MET, 1.0)
    assert (missed.verdict, missed.value) == (Verdict.MISSED, 0.99)
