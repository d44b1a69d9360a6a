"""Earlier cluster results in a later run: recent, dated, never improved."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

import targets
from exchange.outcomes import write_outcome
from targets.verdict import Verdict
from verify.cluster_results import FRESH, gather, keep
from verify.plan import CLUSTER, FULL, RECORDED
from verify.scorecard import build

START = "cluster:start"
PROMISE = "recovery.cluster-start"


@pytest.fixture
def ended(sample):
    """Return the time of the measurement."""
    return datetime.fromisoformat(sample(START).ended)


@pytest.fixture
def later(ended):
    return ended + timedelta(hours=2)


def line(scorecard, target):
    return next(each for each in scorecard.lines if each.target == target)


@pytest.fixture
def folder(tmp_path, sample):
    keep(sample(START), tmp_path)
    return tmp_path


def test_a_recent_result_counts_and_shows_its_age(folder, later, full_outcomes):
    gathered = gather(folder, later)
    scorecard = build(targets.load(), FULL, gathered | full_outcomes)

    assert line(scorecard, PROMISE).verdict is Verdict.MET
    assert line(scorecard, PROMISE).detail.endswith("2 h before")
    assert scorecard.exit_code(strict=False) == 0


def test_an_old_result_is_ignored(folder, ended):
    assert gather(folder, ended + FRESH + timedelta(hours=1)) == {}


def test_without_results_the_line_says_what_measures_it(full_outcomes):
    waiting = line(build(targets.load(), FULL, full_outcomes), PROMISE)

    assert waiting.verdict is Verdict.NOT_MEASURED
    assert waiting.awaits == "./task cluster:verify"


def test_a_missed_result_is_missed_beside_a_green_run(
    folder, sample, later, full_outcomes
):
    found = sample(START)
    missed = [replace(m, verdict=Verdict.MISSED) for m in found.measurements]
    keep(replace(found, verdict=Verdict.MISSED, measurements=missed), folder)

    scorecard = build(targets.load(), FULL, gather(folder, later) | full_outcomes)

    assert scorecard.exit_code(strict=False) == 1


def test_a_damaged_result_is_invalid_and_never_skipped(folder, later, full_outcomes):
    (folder / "cluster-start.json").write_text("{")

    gathered = gather(folder, later)
    scorecard = build(targets.load(), FULL, gathered | full_outcomes)

    assert gathered[START].verdict is Verdict.INVALID
    assert line(scorecard, PROMISE).verdict is Verdict.INVALID
    assert scorecard.exit_code(strict=False) == 4


def test_only_results_of_a_cluster_are_kept_and_gathered(tmp_path, later, sample):
    keep(sample("chaos:api-instance-killed"), tmp_path)
    write_outcome(sample("load:smoke"), tmp_path / "load-smoke.json")

    assert gather(tmp_path, later) == {}


def test_a_target_measured_on_both_is_judged_by_the_worse(full_outcomes, sample):
    killed = sample("cluster:api-instance-killed")
    worse = [
        replace(m, verdict=Verdict.MISSED, value=3.0)
        if m.target == "recovery.api-instance-killed"
        else m
        for m in killed.measurements
    ]
    besides = {killed.source: replace(killed, measurements=worse)}

    shown = line(
        build(targets.load(), FULL, besides | full_outcomes),
        "recovery.api-instance-killed",
    )

    assert shown.verdict is Verdict.MISSED
    assert shown.decided_by == killed.source


def test_the_cluster_plan_with_recorded_results_is_green(sample):
    sources = {*RECORDED, *(step.source for step in CLUSTER)}
    outcomes = {source: sample(source) for source in sources}

    assert build(targets.load(), CLUSTER, outcomes).exit_code(strict=False) == 0
