"""Equal work: a job that was lost, or ran twice, makes the comparison invalid."""

import os

import pytest

from bench.exchange import RunAborted
from bench.jobs.starts import noting
from bench.peers.starts import note_start


@pytest.fixture
def noted(tmp_path):
    """Record the starts of these numbers; return the starts read from the pipe."""

    def note(numbers, check):
        with noting(tmp_path / "pipe") as starts:
            record = os.open(starts.path, os.O_WRONLY)
            for number in numbers:
                note_start(record, number)
            starts.wait_for(len(numbers), 30)
            os.close(record)
            return check(starts)

    return note


def test_every_start_is_read_with_its_time(noted):
    when = noted(range(5000), lambda starts: starts.require(range(5000)))

    assert list(when) == list(range(5000))
    assert sorted(when.values()) == list(when.values())


@pytest.mark.parametrize(
    ("numbers", "wrong"),
    [
        ([0, 1], "1 lost, 0 started again, 0 unknown"),
        ([0, 1, 1, 2], "0 lost, 1 started again, 0 unknown"),
        ([0, 1, 2, 7], "0 lost, 0 started again, 1 unknown"),
        ([0, 0, 1], "1 lost, 1 started again, 0 unknown"),
    ],
)
def test_unequal_work_is_refused(noted, numbers, wrong):
    with pytest.raises(RunAborted, match=wrong):
        noted(numbers, lambda starts: starts.require(range(3)))


def test_a_worker_that_stands_still_ends_the_run(noted):
    with pytest.raises(RunAborted, match="1 of 3 jobs never started"):
        noted([0, 1], lambda starts: starts.wait_for(3, 0.1))


def test_the_pipe_is_gone_afterwards(noted, tmp_path):
    noted([1], lambda _: None)

    assert list(tmp_path.iterdir()) == []
