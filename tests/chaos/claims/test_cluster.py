"""Pods, leaders and releases judged on what the test wrote itself."""

import random

import msgspec
import pytest

from chaos.acts import patience_seconds
from chaos.claims.cluster import (
    LEADS_AGAIN,
    PROMOTED,
    ROLLED_BACK,
    broker_leads_again,
    judge_readiness,
    pods_were_ready,
    release_costs_little,
    rolled_back_by_itself,
)
from chaos.environments.cluster.pods import Pod
from chaos.environments.local import LocalEnvironment
from chaos.stage import Stage
from chaos.timeline import Timeline
from chaos.traffic.attempts import Attempt
from chaos.traffic.load import Load, Rates
from chaos.traffic.requests import Requests
from exchange.outcomes import Moment
from exchange.platforms import LocalPlatform
from targets import load as load_targets
from targets.verdict import Verdict

FAULT_AT = 1_000.0
TARGETS = load_targets()


@pytest.fixture
def environment():
    """A platform of nothing: what a claim needs is in the attempts."""
    nothing = {
        "started": "2026-11-20T12:00:00Z",
        "state": "/nonexistent",
        "hold_dir": "/nonexistent",
        "api": {"url": "http://127.0.0.1:1", "instances": []},
        "workers": [],
        "processes": {},
        "database": {
            "name": "holdfast",
            "hosts": [],
            "users": {},
            "patroni": {"name": "patroni", "password": "secret"},
        },
        "redis": {},
        "machine": {},
    }
    return LocalEnvironment(msgspec.convert(nothing, LocalPlatform))


@pytest.fixture
def stage(environment, door, ledger, client, watcher):
    requests = Requests("test", random.Random(1))  # noqa: S311 - not a secret
    timeline = Timeline()
    timeline.add(Moment(at=FAULT_AT, what="fault", kind="fault"))
    return Stage(
        experiment="bad-release",
        environment=environment,
        targets=TARGETS,
        timeline=timeline,
        door=door,
        ledger=ledger,
        client=client,
        watcher=watcher,
        requests=requests,
        load=Load(door, client, requests, Rates()),
        kind="cluster",
    )


def noted(stage, what, after):
    stage.timeline.add(Moment(at=FAULT_AT + after, what=what, kind="note"))


def wrong(stage, after, failure="answered 500"):
    at = FAULT_AT + after
    attempt = Attempt(kind="read", intended=at, started=at, ended=at, failure=failure)
    stage.load.attempts.all.append(attempt)


class TestBadRelease:
    LIMIT = TARGETS.rollout["rolled-back"].value

    @pytest.mark.parametrize(("early", "verdict"), [(1, "met"), (-1, "missed")])
    async def test_the_stopwatch_runs_from_the_first_wrong_answer(
        self, stage, early, verdict
    ):
        wrong(stage, 10)
        wrong(stage, 20)
        noted(stage, ROLLED_BACK, 10 + self.LIMIT - early)

        found = await rolled_back_by_itself(stage)

        assert (found.verdict, found.value) == (verdict, self.LIMIT - early)

    async def test_a_bad_release_that_was_promoted_is_missed(self, stage):
        wrong(stage, 10)
        noted(stage, PROMOTED, 20)
        noted(stage, ROLLED_BACK, 30)

        found = await rolled_back_by_itself(stage)

        assert found.verdict is Verdict.MISSED
        assert "promoted" in found.detail

    async def test_one_that_nobody_takes_back_is_missed(self, stage):
        wrong(stage, 10)

        assert (await rolled_back_by_itself(stage)).verdict is Verdict.MISSED

    async def test_one_that_was_never_wrong_proves_nothing_by_its_end(self, stage):
        wrong(stage, 10, failure="nothing within 5 s")
        noted(stage, ROLLED_BACK, 20)

        assert (await rolled_back_by_itself(stage)).verdict is Verdict.MISSED

    async def test_its_cost_is_a_share_of_the_budget(self, stage):
        allowed = TARGETS.slo["availability"].bad_share
        whole = stage.load.rates.total * TARGETS.budget.window.seconds * allowed
        limit = TARGETS.rollout["bad-release-cost"].value

        for _ in range(int(whole * limit)):
            wrong(stage, 1)
        little = await release_costs_little(stage)
        for _ in range(int(whole * limit)):
            wrong(stage, 1)
        much = await release_costs_little(stage)

        assert (little.verdict, much.verdict) == (Verdict.MET, Verdict.MISSED)
        assert much.value == pytest.approx(2 * limit, rel=0.01)


class TestReadiness:
    LIMIT = TARGETS.recovery["api-pod-ready"].value

    @staticmethod
    def pod(name, started, ready):
        return Pod(
            name=name,
            namespace="app",
            uid=name,
            labels={},
            started_at=FAULT_AT + started,
            ready_at=None if ready is None else FAULT_AT + started + ready,
        )

    @pytest.mark.parametrize(("over", "verdict"), [(0, "met"), (1, "missed")])
    def test_the_slowest_pod_decides(self, stage, over, verdict):
        pods = [self.pod("a", 5, 1), self.pod("b", 9, self.LIMIT + over)]

        found = judge_readiness(stage, "recovery.api-pod-ready", pods, since=FAULT_AT)

        assert (found.verdict, found.value) == (verdict, self.LIMIT + over)

    def test_pods_that_were_there_before_say_nothing(self, stage):
        pods = [self.pod("old", -500, 1), self.pod("slow", 5, None)]

        found = judge_readiness(stage, "recovery.api-pod-ready", pods, since=FAULT_AT)

        assert found.verdict is Verdict.MISSED

    async def test_without_a_promotion_no_pod_was_ready_in_time(self, stage):
        found = await pods_were_ready(stage)

        assert found.verdict is Verdict.MISSED
        assert "not promoted" in found.detail


class TestBroker:
    LIMIT = TARGETS.recovery["broker-pod-killed"].value

    @pytest.mark.parametrize(("over", "verdict"), [(-1, "met"), (1, "missed")])
    async def test_the_stopwatch_ends_with_the_first_write(self, stage, over, verdict):
        noted(stage, LEADS_AGAIN, self.LIMIT + over)
        noted(stage, LEADS_AGAIN, self.LIMIT + 100)

        assert (await broker_leads_again(stage)).verdict == verdict

    async def test_a_broker_that_never_leads_again_is_missed(self, stage):
        assert (await broker_leads_again(stage)).verdict is Verdict.MISSED


@pytest.mark.parametrize(
    ("kind", "name", "target"),
    [
        ("chaos", "database-process-killed", "restored"),
        ("drill", "broker-down", "restored"),
        ("cluster", "database-pod-killed", "restored"),
        ("cluster", "node-cut-off", "node-restored"),
    ],
)
def test_patience_is_the_longest_recovery_that_the_experiment_judges(
    stage, kind, name, target
):
    stage.kind, stage.experiment = kind, name

    assert patience_seconds(stage) == TARGETS.recovery[target].value
