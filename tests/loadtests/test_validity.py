import pytest

from loadtests.dataset import Dataset
from loadtests.plan import Plan
from loadtests.stats import Stats
from loadtests.validity import find_flaws

PLAN = Plan(host="", dataset=Dataset((), (), ()), seed=1)
TIGHTEST = 0.100


@pytest.fixture
def stats():
    """Return the statistics of a valid run."""
    stats = Stats()
    stats.scheduled = 100
    stats.wall_seconds, stats.cpu_seconds = 10.0, 2.0
    for _ in range(100):
        stats.lag.record(0.002)
        stats.route("r").record(intended=0.01, service=0.01, failed=False, edges=())
    return stats


def test_a_generator_on_time_is_valid(stats):
    assert find_flaws(PLAN, stats, tightest_seconds=TIGHTEST) == []


def test_requests_late_by_a_tenth_of_the_tightest_target_make_the_run_invalid(
    stats,
):
    for _ in range(5):
        stats.lag.record(0.011)

    assert ["requests left late" in flaw for flaw in flaws(stats)] == [True]


def test_a_single_dropped_arrival_makes_the_run_invalid(stats):
    stats.dropped = 1

    assert ["dropped" in flaw for flaw in flaws(stats)] == [True]


def test_fewer_sent_than_scheduled_makes_the_run_invalid(stats):
    stats.scheduled = 102

    assert flaws(stats) == ["only 100 of 102 arrivals were sent"]


def test_a_saturated_generator_makes_the_run_invalid(stats):
    stats.cpu_seconds = 8.5

    assert flaws(stats) == ["the generator was saturated: 85% of one core"]


def test_an_exception_in_an_action_makes_the_run_invalid(stats):
    stats.crashed = 1

    assert flaws(stats) == ["1 actions broke in the generator"]


def test_an_empty_run_is_invalid():
    assert flaws(Stats()) == ["nothing was sent in the measured window"]


def flaws(stats):
    return find_flaws(PLAN, stats, tightest_seconds=TIGHTEST)
