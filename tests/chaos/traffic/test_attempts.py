"""Statistics over the attempts of a load."""

import pytest

from chaos.traffic.attempts import Attempt, Attempts, Unavailability


def attempt(started, ended, *, kind="write", failure=None, intended=None):
    return Attempt(
        kind=kind,
        intended=started if intended is None else intended,
        started=started,
        ended=ended,
        failure=failure,
    )


def test_in_flight_attempts_overlap_the_moment_even_without_an_end():
    before, during = attempt(1.0, 2.0), attempt(2.5, 3.5)
    endless, after = attempt(2.9, None), attempt(3.2, 3.4)

    attempts = Attempts([before, during, endless, after])

    assert attempts.in_flight(3.0, 3.1) == [during, endless]


def test_a_failure_is_no_success_and_closes_no_gap():
    attempts = Attempts(
        [attempt(0, 1), attempt(1, 2, failure="answered 503"), attempt(4, 6)]
    )

    assert attempts.longest_unavailability("write", since=0, until=7) == Unavailability(
        1, 6
    )
    assert attempts.failures() == {"answered 503": 1}
    assert len(attempts.failed(since=3)) == 0


def test_gaps_of_reads_and_writes_are_separate():
    attempts = Attempts([attempt(0, 5, kind="read"), attempt(0, 1), attempt(0, 9)])

    assert attempts.longest_unavailability(
        "write", since=0, until=10
    ) == Unavailability(1, 9)
    assert attempts.longest_unavailability("read", since=0, until=10) == Unavailability(
        0, 5
    )


def test_whole_seconds_are_points_even_without_a_response():
    points = Attempts([attempt(10.0, 10.5), attempt(10.1, 12.9)]).per_second(
        since=9.3, until=13.95
    )

    assert [(point.at, point.ok, point.failed) for point in points] == [
        (10.0, 1, 0),
        (11.0, 0, 0),
        (12.0, 1, 0),
    ]
    assert points[1].p95 is None


def test_latency_counts_from_the_intended_start():
    late = attempt(14.0, 14.25, intended=11.0)

    [point] = Attempts([late]).per_second(since=13.5, until=15.0)

    assert point.p50 == pytest.approx(3.25)
