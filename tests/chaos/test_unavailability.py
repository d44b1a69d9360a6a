"""Properties of the longest interval without an acknowledgement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.traffic.attempts import Unavailability, longest_unavailability

moments = st.floats(min_value=-10, max_value=110, allow_nan=False)


def test_without_any_acknowledgement_the_gap_is_the_whole_window():
    assert longest_unavailability([], since=3.0, until=8.0) == Unavailability(3.0, 8.0)


def test_the_gap_lies_between_the_two_most_distant_acknowledgements():
    found = longest_unavailability([1.0, 1.5, 5.5, 6.0], since=0.0, until=7.0)

    assert found == Unavailability(1.5, 5.5)
    assert found.seconds == 4.0


def test_a_platform_that_never_recovers_has_a_gap_until_the_end():
    assert longest_unavailability([1.0, 2.0], since=0.0, until=30.0) == Unavailability(
        2.0, 30.0
    )


def test_acknowledgements_outside_the_window_do_not_shorten_the_gap():
    assert longest_unavailability(
        [-1.0, 50.0], since=0.0, until=10.0
    ) == Unavailability(0.0, 10.0)


def test_an_empty_window_is_refused():
    with pytest.raises(ValueError, match="no time between"):
        longest_unavailability([1.0], since=5.0, until=5.0)


@given(st.lists(moments))
def test_no_acknowledgement_lies_inside_the_gap(acknowledged):
    gap = longest_unavailability(acknowledged, since=0.0, until=100.0)

    assert 0.0 <= gap.began <= gap.ended <= 100.0
    assert not [at for at in acknowledged if gap.began < at < gap.ended]


@given(st.lists(moments))
def test_the_longest_gap_times_the_number_of_gaps_covers_the_window(acknowledged):
    gap = longest_unavailability(acknowledged, since=0.0, until=100.0)

    assert gap.seconds * (len(acknowledged) + 1) >= 100.0 - 1e-6


@given(st.lists(moments), moments)
def test_one_more_acknowledgement_never_lengthens_the_gap(acknowledged, another):
    before = longest_unavailability(acknowledged, since=0.0, until=100.0)
    after = longest_unavailability([*acknowledged, another], since=0.0, until=100.0)

    assert after.seconds <= before.seconds


@given(st.lists(moments), st.randoms())
def test_the_order_of_acknowledgements_does_not_matter(acknowledged, chance):
    shuffled = acknowledged.copy()
    chance.shuffle(shuffled)

    assert longest_unavailability(
        shuffled, since=0.0, until=100.0
    ) == longest_unavailability(acknowledged, since=0.0, until=100.0)
