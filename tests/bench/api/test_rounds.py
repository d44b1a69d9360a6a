import json

import pytest

from bench.api.cases import BATCH_EVENTS, CASES
from bench.api.goals import find_ratios, judge_ratios
from bench.api.rounds import Turn, order
from bench.api.summary import compare_cases, summarise
from bench.subjects import CEILING, ONE_INSERT, OURS, PEER, Subject
from bench.work import batch_bodies, event_bodies
from targets.verdict import Verdict

SUBJECTS = [Subject(name, 0, 0) for name in (OURS, ONE_INSERT, CEILING, PEER)]
PAIRS = sum(len(case.subjects) for case in CASES.values())


def turn(subject, number, *, case="list", rate=1000.0, cpu=500.0, **shares):
    return Turn(
        subject=subject,
        case=case,
        round=number,
        answers=1000,
        per_second=rate,
        cpu_microseconds=cpu,
        database_microseconds=0.0,
        p50_seconds=0.001,
        p95_seconds=0.002,
        p99_seconds=0.003,
        subject_share=1.0,
        generator_share=shares.get("own", 0.1),
        foreign_share=shares.get("foreign", 0.0),
    )


def every_turn(**given):
    """Return one round of all turns, equal except for our given values."""
    return [
        turn(name, 0, case=case.name, **(given if name == OURS else {}))
        for case in CASES.values()
        for name in case.subjects
    ]


def test_every_round_holds_every_pair_and_starts_with_another():
    turns = [
        (number, case.name, one.name) for number, (case, one) in order(SUBJECTS, 4)
    ]
    rounds = [[pair for number, *pair in turns if number == n] for n in range(4)]

    assert all(sorted(one) == sorted(rounds[0]) for one in rounds)
    assert len(rounds[0]) == PAIRS
    assert len({str(one[0]) for one in rounds}) == 4


def test_ratios_are_medians_of_rounds_not_ratios_of_medians():
    turns = []
    for number, (bare, ours) in enumerate([(100, 50), (1000, 900), (10, 5)]):
        turns.append(turn(CEILING, number, rate=bare, cpu=100))
        turns.append(turn(OURS, number, rate=ours, cpu=200))

    compared = compare_cases(turns, ("list", OURS), ("list", CEILING))
    rows = {row.subject: row for row in summarise(turns)}

    assert compared.by_rate == 0.5
    assert compared.by_processor == 0.5
    assert rows[OURS].per_second == 50
    assert rows[OURS].over_ceiling == 0.5
    assert rows[CEILING].over_ceiling is None


def test_the_smaller_of_both_ratios_counts():
    """Where the generator limits the faster subject, its rate is too low."""
    turns = [turn(OURS, 0, rate=900, cpu=400), turn(CEILING, 0, rate=1000, cpu=100)]

    compared = compare_cases(turns, ("list", OURS), ("list", CEILING))

    assert compared.by_rate == 0.9
    assert compared.times == 0.25


def test_a_batch_counts_by_its_events():
    turns = [turn(OURS, 0, case="batch"), turn(OURS, 0, case="write")]

    compared = compare_cases(
        turns, ("batch", OURS), ("write", OURS), events=BATCH_EVENTS
    )

    assert compared.times == BATCH_EVENTS


@pytest.mark.parametrize(
    ("given", "why"),
    [({"foreign": 0.9}, "others used"), ({"own": 0.95}, "saturated")],
)
def test_a_noisy_machine_or_a_busy_generator_is_invalid(given, why):
    turns = every_turn(rate=1e5, cpu=1.0, **given)

    judged = judge_ratios(find_ratios(turns), rounds=1)

    assert {one.verdict for one in judged if why in one.detail} == {Verdict.INVALID}
    assert any(why in one.detail for one in judged)


def test_a_missed_goal_shows_the_value():
    judged = judge_ratios(find_ratios(every_turn()), rounds=1)
    over_peer = next(one for one in judged if one.target == "speed.list-over-peer")

    assert over_peer.verdict is Verdict.MISSED
    assert over_peer.value == 1.0


def test_a_reached_goal_is_met():
    judged = judge_ratios(find_ratios(every_turn(rate=1e5, cpu=1.0)), rounds=1)
    over_peer = next(one for one in judged if one.target == "speed.list-over-peer")

    assert over_peer.verdict is Verdict.MET


def test_every_ingested_event_is_new_and_equally_long():
    make = event_bodies()
    bodies = [make() for _ in range(50)]

    assert len({len(body) for body in bodies}) == 1
    assert len({json.loads(body)["client_id"] for body in bodies}) == 50


def test_a_batch_holds_that_many_new_events():
    events = json.loads(batch_bodies(100)())["events"]

    assert len({one["client_id"] for one in events}) == 100
