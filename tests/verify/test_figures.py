import pytest

from verify.figures import write_figure


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "s", "—"),
        (0.0, "s", "0 s"),
        (0.1423, "s", "142 ms"),
        (0.00042, "s", "0.42 ms"),
        (3.216, "s", "3.22 s"),
        (59.99, "s", "60 s"),
        (600.0, "s", "10 min"),
        (541.0, "s", "9 min 1 s"),
        (14400.0, "s", "4 h"),
        (9_676_800.0, "s", "112 d"),
        (0.99931, "ratio", "99.931 %"),
        (0.999991, "ratio", "99.9991 %"),
        (187e6, "B", "187 MB"),
        (1.5e9, "B", "1.50 GB"),
        (1043.4, "1/s", "1,043/s"),
        (0.5, "1/s", "0.5/s"),
        (4.512, "times", "4.51 ×"),
        (12345.0, "count", "12,345"),
    ],
)
def test_numbers_are_written_for_people(value, unit, text):
    assert write_figure(value, unit) == text
