import pytest

from loadtests.dataset import Dataset
from loadtests.plan import Plan
from loadtests.stats import Stats
from loadtests.validity import find_flaws

PLAN = Plan(host="", dataset=Dataset((), (), ()), seed=1)
TIGHTEST = 0.100


@pytest.fixture
def stats():
    """A run without a flaw."""
    stats = Stats()
    stats.scheduled = 100
    stats.wall_seconds, stats.cpu_seconds = 10.0, 2.0
    for _ in range(100):
        stats.lag.record(0.002)
        stats.route("r").record(intended=0.01, service=0.01, failed=False, edges=())
    return stats


def test_a_generator_on_time_is_valid(stats):
    assert find_flaws(PLAN, stats, tightest_seconds=TIGHTEST) == []


def test_requests_that_leave_late_by_a_tenth_of_the_tightest_target_prove_nothing(
    stats,
):
    for _ in range(5):
        stats.lag.record(0.011)

    assert ["requests left late" in flaw for flaw in flaws(stats)] == [True]


def test_a_single_dropped_arrival_proves_nothing(stats):
    stats.dropped = 1

    assert ["dropped" in flaw for flaw in flaws(stats)] == [True]


def test_less_sent_than_scheduled_proves_nothing(stats):
    stats.scheduled = 102

    assert flaws(stats) == ["only 100 of 102 arrivals were sent"]


def test_a_saturated_generator_proves_nothing(stats):
    stats.cpu_seconds = 8.5

    assert flaws(stats) == ["the generator was saturated: 85% of one core"]


def test_an_action_that_raised_in_the_generator_proves_nothing(stats):
    stats.crashed = 1

    assert flaws(stats) == ["1 actions broke in the generator"]


def test_an_empty_run_proves_nothing():
    assert flaws(Stats()) == ["nothing was sent in the measured window"]


def flaws(stats):
    return find_flaws(PLAN, stats, tightest_seconds=TIGHTEST)
