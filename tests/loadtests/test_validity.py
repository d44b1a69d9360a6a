import pytest

from loadtests.cast import Cast
from loadtests.plan import Plan
from loadtests.tally import Tally
from loadtests.validity import find_flaws

PLAN = Plan(host="", cast=Cast((), (), ()), seed=1)
TIGHTEST = 0.100


@pytest.fixture
def tally():
    """A run without a flaw."""
    tally = Tally()
    tally.scheduled = 100
    tally.wall_seconds, tally.cpu_seconds = 10.0, 2.0
    for _ in range(100):
        tally.lag.record(0.002)
        tally.route("r").record(intended=0.01, service=0.01, failed=False, edges=())
    return tally


def test_a_punctual_generator_is_believed(tally):
    assert find_flaws(PLAN, tally, tightest_seconds=TIGHTEST) == []


def test_requests_that_leave_late_by_a_tenth_of_the_tightest_target_prove_nothing(
    tally,
):
    for _ in range(5):
        tally.lag.record(0.011)

    assert ["requests left late" in flaw for flaw in flaws(tally)] == [True]


def test_a_single_dropped_arrival_proves_nothing(tally):
    tally.dropped = 1

    assert ["dropped" in flaw for flaw in flaws(tally)] == [True]


def test_less_sent_than_scheduled_proves_nothing(tally):
    tally.scheduled = 102

    assert flaws(tally) == ["only 100 of 102 arrivals were sent"]


def test_a_saturated_generator_proves_nothing(tally):
    tally.cpu_seconds = 8.5

    assert flaws(tally) == ["the generator was saturated: 85% of one core"]


def test_an_errand_that_broke_in_the_generator_proves_nothing(tally):
    tally.crashed = 1

    assert flaws(tally) == ["1 errands broke in the generator"]


def test_an_empty_run_proves_nothing():
    assert flaws(Tally()) == ["nothing was sent in the measured window"]


def flaws(tally):
    return find_flaws(PLAN, tally, tightest_seconds=TIGHTEST)
