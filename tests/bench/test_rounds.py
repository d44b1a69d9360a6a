import json

import pytest

from bench.report import summarise
from bench.rounds import Turn, order
from bench.subjects import Subject
from bench.work import event_bodies

SUBJECTS = [Subject(name, 0, 0, "", "", "") for name in ("bare", "holdfast")]


def turn(subject, number, *, rate, cpu):
    return Turn(
        subject=subject,
        case="list",
        round=number,
        per_second=rate,
        cpu_microseconds=cpu,
        database_microseconds=0.0,
        p50_seconds=0.001,
        p95_seconds=0.002,
        foreign_share=0.0,
    )


def test_every_round_holds_every_pair_and_starts_with_another():
    turns = [(number, pair) for number, pair in order(SUBJECTS, 4)]
    rounds = [[pair for number, pair in turns if number == n] for n in range(4)]

    assert all(sorted(map(str, one)) == sorted(map(str, rounds[0])) for one in rounds)
    assert len({str(one[0]) for one in rounds}) == 4


def test_ratios_are_medians_of_rounds_not_ratios_of_medians():
    turns = []
    for number, (bare, ours) in enumerate([(100, 50), (1000, 900), (10, 5)]):
        turns.append(turn("bare", number, rate=bare, cpu=100))
        turns.append(turn("holdfast", number, rate=ours, cpu=200))
    turns += [
        Turn(**({f: getattr(t, f) for f in t.__struct_fields__} | {"case": "ingest"}))
        for t in turns
    ]

    rows = {(r["case"], r["subject"]): r for r in summarise(turns, ceiling="bare")}

    assert rows["list", "bare"]["per_second_ratio"] == 1.0
    assert rows["list", "holdfast"]["per_second_ratio"] == 0.5
    assert rows["list", "holdfast"]["cpu_microseconds_ratio"] == 2.0
    assert rows["list", "holdfast"]["per_second"] == 50


def test_every_ingested_event_is_new_and_equally_long():
    make = event_bodies()
    bodies = [make() for _ in range(50)]

    assert len({len(body) for body in bodies}) == 1
    assert len({json.loads(body)["client_id"] for body in bodies}) == 50


@pytest.mark.parametrize("rounds", [1, 3])
def test_the_number_of_turns_is_rounds_times_pairs(rounds):
    assert len(list(order(SUBJECTS, rounds))) == rounds * 4
