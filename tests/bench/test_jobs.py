"""A small suite of jobs: real Redis and Postgres, our programs and the peers'."""

import sys
from pathlib import Path

import pytest
from msgspec import structs

from bench.environment import prepare
from bench.exchange import RunAborted
from bench.jobs.durable import DATABASE, RELAY, WORKER, measure_durable
from bench.jobs.goals import find_ratios, judge_ratios, judge_starts
from bench.jobs.queues import Queue, contenders
from bench.jobs.tables import draw_tables
from bench.jobs.turns import Shape, Turn, order, take_turn, take_turns
from bench.run_options import RunOptions
from bench.services import serve
from targets.verdict import Verdict

SMALL = Shape(rounds=1, jobs=60, warm=10, cold=1, rest_seconds=0.2)
LEAKY = str(Path(__file__).parent / "leaky_queue.py")


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("services")) as running:
        yield running


@pytest.fixture
def options(tmp_path):
    return RunOptions(quick=True, folder=tmp_path, watch=lambda _: None)


@pytest.fixture
def leaky(tmp_path):
    """Return a queue with a fault."""
    file = tmp_path / "queue"
    file.touch()
    return lambda fault: Queue("leaky", (sys.executable, LEAKY, fault, str(file)), 9)


def turn(queue="holdfast", number=0, **figures):
    return Turn(
        **{
            "queue": queue,
            "round": number,
            "per_second": 1000.0,
            "cpu_microseconds": 100.0,
            "enqueue_microseconds": 100.0,
            "warm": [0.001],
            "cold": [0.002],
            "rest_share": 0.0,
            "memory_bytes": 1,
            "foreign_share": 0.0,
        }
        | figures
    )


def test_ours_and_the_peers_do_the_same_work(services, options):
    queues = contenders(prepare(lambda _: None))

    measured = take_turns(queues, services, SMALL, options)

    assert [one.queue for one in measured] == [queue.name for queue in queues]
    for one in measured:
        assert (len(one.warm), len(one.cold)) == (10, 1)
        assert min(one.warm + one.cold) > 0
        assert one.per_second > 0
        assert one.memory_bytes > 0


def test_the_durable_path_runs_every_job_once(services, options):
    (one,) = measure_durable(services, SMALL, options)

    assert (len(one.warm), len(one.cold)) == (10, 1)
    assert one.per_second > 0
    assert one.cpu_microseconds.keys() == {WORKER, RELAY, DATABASE}
    assert draw_tables(
        [turn(name) for name in ("holdfast", "dramatiq", "celery")], [one]
    )


def test_a_sound_queue_in_a_file_is_accepted(services, options, leaky):
    assert take_turn(leaky("works"), services, SMALL, 0, options).queue == "leaky"


def test_a_job_that_runs_twice_ends_the_run(services, options, leaky):
    with pytest.raises(RunAborted, match="1 started again"):
        take_turn(leaky("repeats"), services, SMALL, 0, options)


def test_a_lost_job_ends_the_run(services, options, leaky):
    impatient = structs.replace(SMALL, patience_seconds=2.0)

    with pytest.raises(RunAborted, match="never started"):
        take_turn(leaky("loses"), services, impatient, 0, options)


def test_a_producer_that_ends_ends_the_run(services, options):
    broken = Queue("broken", (sys.executable, "-c", "raise SystemExit"), 9)

    with pytest.raises(RunAborted, match="producer ended"):
        take_turn(broken, services, SMALL, 0, options)


def test_every_round_begins_with_another_queue():
    queues = [Queue(name, (), 0) for name in "abc"]

    rounds = ["".join(q.name for n, q in order(queues, 3) if n == r) for r in range(3)]

    assert rounds == ["abc", "bca", "cab"]


def test_the_smaller_ratio_counts():
    peers = [
        turn(name, per_second=250.0, cpu_microseconds=190.0)
        for name in ("dramatiq", "celery")
    ]

    ratios = find_ratios([turn(), *peers])

    assert ratios["speed.jobs-over-dramatiq"].times == pytest.approx(1.9)
    met = {one.target: one.verdict for one in judge_ratios(ratios, rounds=1)}
    assert met == {
        "speed.jobs-over-dramatiq": Verdict.MET,
        "speed.jobs-over-celery": Verdict.MISSED,
    }


@pytest.mark.parametrize(
    ("seconds", "foreign_share", "verdict"),
    [
        (0.001, 0.0, Verdict.MET),
        (0.001, 0.9, Verdict.MET),
        (1.0, 0.0, Verdict.MISSED),
        (1.0, 0.9, Verdict.INVALID),
    ],
)
def test_a_limit_under_noise_is_met_or_invalid(seconds, foreign_share, verdict):
    measured = judge_starts(
        [turn(warm=[seconds], cold=[seconds], foreign_share=foreign_share)]
    )

    assert {one.verdict for one in measured} == {verdict}


def test_a_ratio_taken_in_noise_is_invalid():
    turns_of_all = [
        turn(name, foreign_share=0.9) for name in ("holdfast", "dramatiq", "celery")
    ]

    measured = judge_ratios(find_ratios(turns_of_all), rounds=1)

    assert {one.verdict for one in measured} == {Verdict.INVALID}
