import re
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from targets import Bytes, Duration, Rate, Ratio, Times

_SHAPE = re.compile(r"[0-9.]+([a-zA-Z]+|%|/s|/min)")
KINDS = [Duration, Ratio, Rate, Times, Bytes]
NUMBERS = st.decimals(
    min_value=0, max_value=100, places=3, allow_nan=False, allow_infinity=False
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("200ms", 0.2), ("2s", 2), ("5m", 300), ("4h", 14400), ("30d", 2592000)],
)
def test_a_duration_is_kept_in_seconds(text, seconds):
    assert Duration.parse(text).seconds == seconds


def test_other_kinds_have_their_base_unit():
    assert Ratio.parse("99.99%").exact == Decimal("0.9999")
    assert Rate.parse("1000/min").per_second == pytest.approx(16.667, abs=0.001)
    assert Times.parse("0.6x").exact == Decimal("0.6")
    assert Bytes.parse("1.5GB").count == 1_500_000_000
    assert Bytes.parse("1MiB").count == 1_048_576


@given(kind=st.sampled_from(KINDS), number=NUMBERS, data=st.data())
def test_every_number_with_a_known_unit_is_exact(kind, number, data):
    unit = data.draw(st.sampled_from(sorted(kind.scale)))

    quantity = kind.parse(f"{number}{unit}")

    assert quantity.exact == number * kind.scale[unit]
    assert quantity == kind.parse(quantity.text)


@given(text=st.text(max_size=12), kind=st.sampled_from(KINDS))
def test_anything_else_is_refused_in_one_line(text, kind):
    assume(_SHAPE.fullmatch(text) is None)

    with pytest.raises(ValueError, match=re.escape(repr(text))) as refused:
        kind.parse(text)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["200", "200 ms", "-1s", "1e3s", "nans", "٣s", "5M"])
def test_a_duration_without_its_exact_unit_is_refused(text):
    with pytest.raises(ValueError, match="not a duration"):
        Duration.parse(text)


def test_more_than_the_whole_is_refused():
    with pytest.raises(ValueError, match="more than the whole"):
        Ratio.parse("100.1%")


def test_one_kind_is_never_equal_to_another():
    assert Duration.parse("1s") != Bytes.parse("1B")
    assert len({Duration.parse("1m"), Duration.parse("60s")}) == 1
