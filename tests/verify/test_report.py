import re
from html.parser import HTMLParser
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

import targets
from targets.verdict import Verdict
from verify.alerts import AlertSpan
from verify.machine import describe_machine
from verify.plan import FULL
from verify.record import Record
from verify.report import write_report
from verify.scorecard import build

VOID = {"meta", "br", "img", "hr", "link"}


class Balance(HTMLParser):
    """A parser that fails on a closing tag without its opening tag."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 the parser's signature
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="session")
def render(tmp_path_factory, published):
    def render(outcomes, load=0.3, alerts=()) -> str:
        scorecard = build(targets.load(), FULL, outcomes)
        record = Record(
            mode="full",
            started="2026-11-20T12:00:00+00:00",
            seconds=541.0,
            machine=describe_machine(published(machine={"postgres": "18.1"}))
            | {"cores": 2, "load_before": load},
            exit_code=0,
            scorecard=scorecard,
        )
        path = tmp_path_factory.mktemp("report") / "report.html"
        write_report(record, targets.load(), outcomes, path, alerts=alerts)
        return path.read_text()

    return render


@pytest.fixture(scope="session")
def page(render, full_outcomes) -> str:
    return render(full_outcomes)


def test_the_page_is_well_formed_and_self_contained(page):
    parser = Balance()
    parser.feed(page)

    assert parser.open == []
    fetched = re.findall(r"""(?:src|href)=["'](?!\#)([^"']+)""", page)
    assert fetched == []
    assert "@import" not in page
    assert "url(http" not in page


def test_the_verdict_comes_first_and_every_target_is_there(page):
    assert page.index("<h1>All ") < page.index("What to fix first")
    for full_id in targets.load().all():
        assert full_id in page


def test_colour_is_never_the_only_sign(page):
    for shown in re.findall(r'<span class="(?:met|missed|invalid)">([^<]*)<', page):
        assert re.fullmatch(r"[✓✗!] (met|missed|invalid)", shown)


def test_plots_take_their_colours_from_the_page(page):
    plots = re.findall(r"<svg.*?</svg>", page, re.DOTALL)

    assert len(plots) == 8
    for plot in plots:
        assert "var(--" in plot
        assert 'aria-label="' in plot
        assert "#0102" not in plot


def test_a_missed_target_comes_first_on_the_page_and_in_the_list(render, full_outcomes):
    killed = full_outcomes["chaos:database-host-killed"]
    slow = replace(
        killed,
        verdict=Verdict.MISSED,
        measurements=[
            replace(m, value=31.4, verdict=Verdict.MISSED, detail="<script>x</script>")
            if m.target == "recovery.database-host-killed"
            else m
            for m in killed.measurements
        ],
    )

    page = render({**full_outcomes, killed.source: slow})

    assert "<h1>1 promise is broken" in page
    first = page[page.index('id="first"') : page.index('id="scorecard"')]
    assert "Promised ≤ 25 s, measured 31.4 s, 1.3 times its limit" in first
    assert "<script>" not in page


def test_a_share_of_errors_is_ranked_by_the_budget_it_burns(render, full_outcomes):
    steady = full_outcomes["load:steady"]
    missed = {"slo.errors": 0.856, "slo.latency": 0.4}
    broken = replace(
        steady,
        verdict=Verdict.MISSED,
        measurements=[
            replace(m, value=missed[m.target], verdict=Verdict.MISSED)
            if m.target in missed
            else m
            for m in steady.measurements
        ],
    )

    page = render({**full_outcomes, steady.source: broken})

    assert "144.0 times its limit" in page
    assert page.index(">slo.errors<") < page.index(">slo.latency<")


def test_a_machine_that_was_busy_before_is_named(render, full_outcomes):
    assert "load 7.3 on 2 cores" in render(full_outcomes, load=7.3)
    assert "was busy before" not in render(full_outcomes, load=0.3)


class TestCapacity:
    STEPS: ClassVar[tuple[dict[str, Any], ...]] = (
        {"offered": 500, "p95": 0.01, "held": True, "because": ""},
        {"offered": 1280, "p95": 0.15, "held": True, "because": ""},
        {"offered": 1400, "p95": 0.61, "held": False, "because": "slo.latency <b>"},
        {"offered": 1960, "p95": None, "held": False, "because": "generator late"},
    )

    @pytest.fixture
    def climbed(self, full_outcomes):
        steps = [
            {
                "offered_per_second": step["offered"],
                "achieved_per_second": min(step["offered"], 1350),
                "p95_seconds": step["p95"],
                "instance_cores": None,
                "held": step["held"],
                "because": step["because"],
            }
            for step in self.STEPS
        ]
        climb = full_outcomes["load:capacity"]
        facts = {"steps": steps, "knee": "held 1280/s, broke at 1400/s"}
        return {**full_outcomes, climb.source: replace(climb, facts=facts)}

    def test_the_capacity_steps_are_drawn_with_the_knee_and_a_row_per_step(
        self, render, climbed
    ):
        page = render(climbed)
        part = page[page.index('id="capacity"') : page.index('id="recovery"')]

        assert part.count("<svg") == 1
        assert "knee</text>" in part
        assert "held 1280/s, broke at 1400/s" in part
        assert part.count("<tr>") == 1 + len(self.STEPS)
        assert "✗ slo.latency &lt;b&gt;" in part

    def test_capacity_steps_that_all_miss_have_no_knee(self, render, climbed):
        climb = climbed["load:capacity"]
        steps = [{**step, "held": False} for step in climb.facts["steps"]]
        broken = replace(climb, facts={"steps": steps})

        assert "knee</text>" not in render({**climbed, climb.source: broken})


class TestAlerts:
    def test_alerts_are_drawn_at_their_times(self, full_outcomes, render):
        killed = full_outcomes["chaos:database-host-killed"]
        struck = next(m.at for m in killed.timeline if m.kind == "fault")
        firing = AlertSpan("HoldfastErrorRate", "", "firing", struck, struck + 9)
        pending = AlertSpan("HoldfastQueueAge", "", "pending", struck, struck + 9)

        page = render(full_outcomes, alerts=[firing, pending])

        assert page.count("ErrorRate</text>") == 2  # over the run, and at the fault
        assert page.count("QueueAge</text>") == 1  # no alert fired

    def test_a_drill_has_its_chart_among_the_recoveries(self, render, sample):
        drill = sample("drill:worker-down")

        page = render({drill.source: drill})

        part = page[page.index('id="recovery"') : page.index('id="budget"')]
        assert part.count("<svg") == 1


def test_many_targets_that_wait_for_one_command_share_a_row(page):
    later = page[page.index('id="later"') : page.index('id="runs"')]

    assert "./task bench" in later
    assert later.count("./task bench") == 1
    assert "<details><summary>" in later


def test_a_run_without_load_and_chaos_still_has_a_page(render):
    page = render({})

    assert "This run cannot be trusted" in page
    assert "left no outcome" in page
