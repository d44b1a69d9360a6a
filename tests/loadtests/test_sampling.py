from itertools import pairwise
from statistics import fmean, pstdev

import pytest

from loadtests.sampling import RNG, arrival_schedule


def draw_arrivals():
    RNG.seed(7)
    return list(arrival_schedule(rate_per_second=200, seconds=100, rng=RNG))


@pytest.fixture
def arrivals():
    return draw_arrivals()


def test_arrivals_come_at_the_requested_rate(arrivals):
    assert len(arrivals) == pytest.approx(20_000, rel=0.03)


def test_gaps_are_exponential_so_their_spread_equals_their_mean(arrivals):
    gaps = [later - earlier for earlier, later in pairwise(arrivals)]

    assert pstdev(gaps) == pytest.approx(fmean(gaps), rel=0.05)


def test_no_arrival_is_due_after_the_end(arrivals):
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] < 100


def test_the_same_seed_repeats_the_same_arrivals(arrivals):
    assert draw_arrivals() == arrivals
