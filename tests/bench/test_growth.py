import pytest

from bench.arrivals import Offered
from bench.endurance.busy import heed_refusals
from bench.endurance.growth import find_growth
from bench.endurance.suite import judge_memory
from bench.exchange import RunAborted
from targets.verdict import Verdict


def test_warming_up_is_no_growth():
    growth = find_growth([50.0] * 10 + [100.0] * 90)

    assert growth.share == 0
    assert growth.most_bytes == 100


def test_a_leak_is_growth():
    growth = find_growth([100.0 + second for second in range(100)])

    assert growth.share == pytest.approx(80 / 114.5, abs=0.01)


def test_a_run_without_samples_is_invalid():
    with pytest.raises(ValueError, match="too few"):
        find_growth([1.0] * 3)


def judged(*, whole, growth=0.0, mebibytes=100.0):
    late = mebibytes * (1 + growth)
    samples = [mebibytes * 2**20] * 50 + [late * 2**20] * 50
    found = find_growth(samples)
    return {
        one.target: one.verdict
        for one in judge_memory(found, found, samples=len(samples), whole=whole)
    }


def test_a_short_run_measures_nothing():
    assert set(judged(whole=False).values()) == {Verdict.NOT_MEASURED}


def test_steady_memory_meets_every_goal():
    assert set(judged(whole=True).values()) == {Verdict.MET}


def test_growth_misses_its_goal_and_names_the_process():
    verdicts = judged(whole=True, growth=0.5, mebibytes=80.0)

    assert verdicts["speed.api-memory-growth"] is Verdict.MISSED
    assert verdicts["speed.worker-memory-growth"] is Verdict.MISSED
    assert verdicts["speed.api-memory"] is Verdict.MET


def test_few_refusals_are_allowed_and_many_end_the_run():
    heed_refusals(Offered(10_000, 1.0, [], [], refused=1))
    with pytest.raises(RunAborted, match="500 of 10000"):
        heed_refusals(Offered(10_000, 1.0, [], [], refused=500))
