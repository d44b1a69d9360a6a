import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.percentiles import percentile


def test_the_nearest_rank_is_returned():
    assert percentile([5, 1, 3, 2, 4], 0.5) == 3
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([7], 0.0) == 7
    assert percentile([1, 2], 1.0) == 2


def test_no_values_have_no_percentile():
    with pytest.raises(ValueError, match="no percentile of no values"):
        percentile([], 0.5)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_a_measured_value_and_covers_its_share(values, share):
    found = percentile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
