import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.verdict import (
    Verdict,
    exit_code,
    judge_gauge,
    judge_minimum,
    judge_share,
    judge_zero,
    wilson,
    worst,
)

VERDICTS = st.lists(st.sampled_from(list(Verdict)))


@st.composite
def shares(draw) -> tuple[int, int]:
    total = draw(st.integers(min_value=1, max_value=10**7))
    return draw(st.integers(min_value=0, max_value=total)), total


class TestWilson:
    @pytest.mark.parametrize(
        ("bad", "total", "low", "high"),
        [(45, 1000, 0.0338, 0.0597), (450, 10_000, 0.0411, 0.0492), (0, 10, 0, 0.2775)],
    )
    def test_agrees_with_published_values(self, bad, total, low, high):
        assert wilson(bad, total) == pytest.approx((low, high), abs=0.0001)

    @given(shares())
    def test_holds_the_observed_share(self, share):
        bad, total = share

        low, high = wilson(bad, total)

        assert 0 <= low <= bad / total <= high <= 1

    @given(shares())
    def test_mirrors_good_and_bad(self, share):
        bad, total = share
        low, high = wilson(bad, total)

        assert wilson(total - bad, total) == pytest.approx((1 - high, 1 - low))

    @given(shares())
    def test_narrows_with_more_of_the_same(self, share):
        bad, total = share
        low, high = wilson(bad, total)
        finer_low, finer_high = wilson(bad * 4, total * 4)

        assert finer_high - finer_low <= high - low

    @pytest.mark.parametrize(("bad", "total"), [(0, 0), (-1, 5), (6, 5)])
    def test_refuses_an_invalid_share(self, bad, total):
        with pytest.raises(ValueError, match="no share"):
            wilson(bad, total)


class TestJudging:
    def test_a_share_is_met_only_when_its_whole_interval_is(self):
        assert judge_share(450, 10_000, allowed=0.05) is Verdict.MET
        assert judge_share(45, 1000, allowed=0.05) is Verdict.NOT_MEASURED
        assert judge_share(80, 1000, allowed=0.05) is Verdict.MISSED

    @given(allowed=st.floats(0, 1))
    def test_no_data_is_never_met(self, allowed):
        assert judge_share(0, 0, allowed=allowed) is Verdict.NOT_MEASURED
        assert judge_gauge(None, limit=allowed) is Verdict.NOT_MEASURED
        assert judge_minimum(None, minimum=allowed) is Verdict.NOT_MEASURED
        assert judge_zero(None, looked_at=5) is Verdict.NOT_MEASURED
        assert judge_zero(0, looked_at=0) is Verdict.INVALID

    @pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
    def test_nan_and_infinity_are_invalid(self, broken):
        assert judge_gauge(broken, limit=1) is Verdict.INVALID
        assert judge_minimum(broken, minimum=1) is Verdict.INVALID

    def test_a_limit_itself_is_still_met(self):
        assert judge_gauge(5.0, limit=5) is Verdict.MET
        assert judge_gauge(5.1, limit=5) is Verdict.MISSED
        assert judge_minimum(5.0, minimum=5) is Verdict.MET
        assert judge_minimum(4.9, minimum=5) is Verdict.MISSED

    def test_one_loss_is_a_miss(self):
        assert judge_zero(0, looked_at=1000) is Verdict.MET
        assert judge_zero(1, looked_at=1000) is Verdict.MISSED


class TestCombining:
    @given(VERDICTS)
    def test_only_all_met_is_met(self, verdicts):
        all_met = bool(verdicts) and set(verdicts) == {Verdict.MET}

        assert (worst(verdicts) is Verdict.MET) == all_met
        assert (exit_code(worst(verdicts)) == 0) == all_met

    @given(VERDICTS)
    def test_missed_decides_first(self, verdicts):
        assert (worst(verdicts) is Verdict.MISSED) == (Verdict.MISSED in verdicts)

    def test_invalid_outweighs_not_measured(self):
        assert worst([Verdict.NOT_MEASURED, Verdict.INVALID]) is Verdict.INVALID

    def test_exit_codes_match_the_contract(self):
        assert [exit_code(v) for v in Verdict] == [0, 1, 4, 4, 4]
