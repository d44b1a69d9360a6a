"""Numbers as a board shows them."""

import math

import pytest

from dashboards.boards.panels import (
    BINARY_BYTES,
    BYTES,
    BYTES_PER_SECOND,
    COUNT,
    OPERATIONS,
    REQUESTS,
    SECONDS,
    SHARE,
)
from dashboards.drawing.units import write_number


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (0.0, SECONDS, "0 s"),
        (0.0213, SECONDS, "21.3 ms"),
        (90.0, SECONDS, "1.5 min"),
        (0.00012, SHARE, "0.012 %"),
        (0.9, SHARE, "90 %"),
        (0.99987, SHARE, "99.987 %"),
        (1.0, SHARE, "100 %"),
        (-0.5, SHARE, "-50 %"),
        (123_400_000.0, BYTES, "123 MB"),
        (2.0**20 * 100, BINARY_BYTES, "100 MiB"),
        (2000.0, BYTES_PER_SECOND, "2 kB/s"),
        (39.96, REQUESTS, "40 req/s"),
        (0.5, OPERATIONS, "0.5 /s"),
        (1234.0, COUNT, "1.23 k"),
        (3.0, COUNT, "3"),
        (math.nan, COUNT, "-"),
    ],
)
def test_a_number_is_written_in_its_unit(number, unit, text):
    assert write_number(number, unit) == text
