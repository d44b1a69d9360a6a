"""Verdicts of the suite `size`: growth, plans, quick runs."""

from datetime import UTC, datetime

import pytest

from bench.size.counting import Work
from bench.size.findings import drift
from bench.size.plans import find_faults, read_plan
from bench.size.questions import months_of_window
from bench.size.summary import judge
from targets import load
from targets.verdict import Verdict

PARENTS = {"events_2026_11_pkey": "events_pkey", "events_2026_11_actor": "by_actor"}
ALLOWED = load().speed["list-flat"].value


def scan(kind="Index Scan", name="events_2026_11_pkey", **more):
    place = "Relation Name" if kind == "Seq Scan" else "Index Name"
    rows = {"Actual Rows": 51, "Shared Hit Blocks": 5, "Shared Read Blocks": 1}
    return {"Node Type": kind, "Actual Loops": 1, place: name} | rows | more


def plan_of(*nodes, root="Append"):
    top = scan(root) | {"Plans": list(nodes)}
    del top["Index Name"]
    return read_plan({"Plan": top})


def faults_of(plan):
    return find_faults(plan, index="events_pkey", partitions=2, parents=PARENTS)


def test_an_ordered_walk_of_the_named_index_has_no_fault():
    plan = plan_of(scan())

    assert faults_of(plan) == []
    assert plan.buffers == 6


@pytest.mark.parametrize(
    ("nodes", "fault"),
    [
        ([scan("Seq Scan", "events_2026_11")], "Seq Scan of events_2026_11"),
        ([scan(name="events_2026_11_actor")], "not an index scan of events_pkey"),
        ([scan("Bitmap Heap Scan")], "Bitmap Heap Scan"),
        ([scan(), scan(), scan()], "3 partitions read, 2 are enough"),
        ([], "no scan of a table"),
    ],
)
def test_every_other_plan_is_named_with_its_fault(nodes, fault):
    assert fault in " ".join(faults_of(plan_of(*nodes)))


def test_a_sort_is_a_fault():
    assert "sorted" in faults_of(plan_of(scan(), root="Sort"))[0]


def test_partitions_that_were_never_read_do_not_count():
    never = scan() | {"Actual Loops": 0}

    assert faults_of(plan_of(scan(), never, never, never)) == []


def test_growth_within_the_target_is_met_and_beyond_it_missed():
    for growth, verdict in ((ALLOWED, Verdict.MET), (ALLOWED * 1.01, Verdict.MISSED)):
        told = judge("speed.list-flat", {"a": 1.0, "b": growth}, [], quick=False)

        assert (told.verdict, told.value) == (verdict, growth)
        assert "worst: b" in told.detail


def test_a_wrong_plan_is_missed_however_cheap_it_was():
    told = judge("speed.list-flat", {"a": 0.1}, ["Seq Scan of events"], quick=True)

    assert told.verdict is Verdict.MISSED
    assert "Seq Scan of events" in told.detail


def test_a_quick_run_measures_no_target():
    told = judge("speed.list-flat", {"a": 1.0}, [], quick=True)

    assert told.verdict is Verdict.NOT_MEASURED


def test_a_backlog_with_rising_cost_drifts():
    work = Work([10] * 20 + [3], [1.0] * 10 + [2.0] * 10 + [9.0], [1.0] * 21)

    assert drift(work) == 2.0
    assert drift(Work([7], [1.0], [1.0])) == 1.0


@pytest.mark.parametrize(
    ("until", "months"),
    [
        (datetime(2027, 1, 15, tzinfo=UTC), 2),
        (datetime(2027, 1, 31, 23, 57, tzinfo=UTC), 2),
        (datetime(2027, 2, 28, 23, 57, tzinfo=UTC), 3),
        (datetime(2027, 3, 1, 0, 1, tzinfo=UTC), 3),
        (datetime(2027, 12, 31, 23, 57, tzinfo=UTC), 2),
    ],
)
def test_a_list_reaches_back_thirty_days_and_one_day_ahead(until, months):
    assert months_of_window(until) == months
