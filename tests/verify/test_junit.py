from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

import targets
from targets.verdict import Verdict
from verify.junit import write_junit
from verify.plan import FULL
from verify.scorecard import build


@pytest.fixture
def suites(full_outcomes, tmp_path):
    outcomes = dict(full_outcomes)
    outcomes["load:capacity"] = replace(
        outcomes["load:capacity"],
        verdict=Verdict.INVALID,
        invalid_because=["the generator was <late>"],
    )
    del outcomes["chaos:cache-wiped-and-killed"]
    killed = outcomes["chaos:api-instance-killed"]
    outcomes["chaos:api-instance-killed"] = replace(
        killed,
        measurements=[
            replace(m, verdict=Verdict.MISSED, value=9.0)
            if m.target == "recovery.api-instance-killed"
            else m
            for m in killed.measurements
        ],
    )
    path = tmp_path / "junit.xml"
    write_junit(build(targets.load(), FULL, outcomes), outcomes, path)
    root = ET.parse(path).getroot()  # noqa: S314 written a line above
    return {suite.get("name"): suite for suite in root}


def find(suites, suite, name):
    return suites[suite].find(f"testcase[@name='{name}']")


def test_there_is_one_test_case_a_target_and_one_a_run(suites):
    names = [
        case.get("name")
        for name, suite in suites.items()
        if name != "runs"
        for case in suite
    ]

    assert names == list(targets.load().all())
    assert len(suites["runs"]) == len(FULL)


@pytest.mark.parametrize(
    ("suite", "name", "tag"),
    [
        ("recovery", "recovery.api-instance-killed", "failure"),
        ("capacity", "capacity.api", "error"),
        ("recovery", "recovery.lost-writes", "error"),
        ("slo", "slo.task", "skipped"),
        ("runs", "load:capacity", "error"),
    ],
)
def test_each_verdict_has_its_own_tag(suites, suite, name, tag):
    assert find(suites, suite, name).find(tag) is not None


def test_a_met_target_has_numbers_and_no_tag(suites):
    case = find(suites, "slo", "slo.latency")

    assert [child.tag for child in case] == ["system-out"]
    assert "promised p95 ≤ 200 ms, measured 100 ms" in case.findtext("system-out")


def test_messages_have_the_reason_and_the_command(suites):
    late = find(suites, "capacity", "capacity.api").find("error")
    skipped = find(suites, "slo", "slo.task").find("skipped")

    assert late.get("message") == "the generator was <late>"
    assert "arrives with goals, planners and tools" in skipped.get("message")


def test_counts_add_up(suites):
    for suite in suites.values():
        tagged = [len(suite.findall(f"testcase/{t}")) for t in ("failure", "error")]
        assert [int(suite.get("failures")), int(suite.get("errors"))] == tagged
        assert int(suite.get("tests")) == len(suite)
