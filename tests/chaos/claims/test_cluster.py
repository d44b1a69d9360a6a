"""Claims about pods, leaders and releases, judged on data written by the test."""

import random

import msgspec
import pytest

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
from chaos.run_context import RunContext
from chaos.steps import timeout_seconds
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
    """Return an environment without a platform: the claims read attempts only."""
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
def context(environment, api, ledger, client, watcher):
    requests = Requests("test", random.Random(1))  # noqa: S311 - not a secret
    timeline = Timeline()
    timeline.add(Moment(at=FAULT_AT, what="fault", kind="fault"))
    return RunContext(
        experiment="bad-release",
        environment=environment,
        targets=TARGETS,
        timeline=timeline,
        api=api,
        ledger=ledger,
        client=client,
        watcher=watcher,
        requests=requests,
        load=Load(api, client, requests, Rates()),
        kind="cluster",
    )


def noted(context, what, after):
    context.timeline.add(Moment(at=FAULT_AT + after, what=what, kind="note"))


def wrong(context, after, failure="answered 500"):
    at = FAULT_AT + after
    attempt = Attempt(kind="read", intended=at, started=at, ended=at, failure=failure)
    context.load.attempts.all.append(attempt)


class TestBadRelease:
    LIMIT = TARGETS.rollout["rolled-back"].value

    @pytest.mark.parametrize(("early", "verdict"), [(1, "met"), (-1, "missed")])
    async def test_rollback_is_measured_from_the_first_wrong_response(
        self, context, early, verdict
    ):
        wrong(context, 10)
        wrong(context, 20)
        noted(context, ROLLED_BACK, 10 + self.LIMIT - early)

        found = await rolled_back_by_itself(context)

        assert (found.verdict, found.value) == (verdict, self.LIMIT - early)

    async def test_a_bad_release_that_was_promoted_is_missed(self, context):
        wrong(context, 10)
        noted(context, PROMOTED, 20)
        noted(context, ROLLED_BACK, 30)

        found = await rolled_back_by_itself(context)

        assert found.verdict is Verdict.MISSED
        assert "promoted" in found.detail

    async def test_a_bad_release_without_rollback_is_missed(self, context):
        wrong(context, 10)

        assert (await rolled_back_by_itself(context)).verdict is Verdict.MISSED

    async def test_the_end_of_a_release_without_wrong_responses_is_missed(
        self, context
    ):
        wrong(context, 10, failure="nothing within 5 s")
        noted(context, ROLLED_BACK, 20)

        assert (await rolled_back_by_itself(context)).verdict is Verdict.MISSED

    async def test_the_cost_of_a_bad_release_is_a_share_of_the_budget(self, context):
        allowed = TARGETS.slo["availability"].bad_share
        whole = context.load.rates.total * TARGETS.budget.window.seconds * allowed
        limit = TARGETS.rollout["bad-release-cost"].value

        for _ in range(int(whole * limit)):
            wrong(context, 1)
        little = await release_costs_little(context)
        for _ in range(int(whole * limit)):
            wrong(context, 1)
        much = await release_costs_little(context)

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
    def test_the_slowest_pod_decides(self, context, over, verdict):
        pods = [self.pod("a", 5, 1), self.pod("b", 9, self.LIMIT + over)]

        found = judge_readiness(context, "recovery.api-pod-ready", pods, since=FAULT_AT)

        assert (found.verdict, found.value) == (verdict, self.LIMIT + over)

    def test_pods_started_before_the_fault_do_not_count(self, context):
        pods = [self.pod("old", -500, 1), self.pod("slow", 5, None)]

        found = judge_readiness(context, "recovery.api-pod-ready", pods, since=FAULT_AT)

        assert found.verdict is Verdict.MISSED

    async def test_without_a_promotion_readiness_is_missed(self, context):
        found = await pods_were_ready(context)

        assert found.verdict is Verdict.MISSED
        assert "not promoted" in found.detail


class TestBroker:
    LIMIT = TARGETS.recovery["broker-pod-killed"].value

    @pytest.mark.parametrize(("over", "verdict"), [(-1, "met"), (1, "missed")])
    async def test_broker_recovery_is_measured_until_the_first_write(
        self, context, over, verdict
    ):
        noted(context, LEADS_AGAIN, self.LIMIT + over)
        noted(context, LEADS_AGAIN, self.LIMIT + 100)

        assert (await broker_leads_again(context)).verdict == verdict

    async def test_a_broker_that_never_leads_again_is_missed(self, context):
        assert (await broker_leads_again(context)).verdict is Verdict.MISSED


@pytest.mark.parametrize(
    ("kind", "name", "target"),
    [
        ("chaos", "database-process-killed", "restored"),
        ("drill", "broker-down", "restored"),
        ("cluster", "database-pod-killed", "restored"),
        ("cluster", "node-cut-off", "node-restored"),
    ],
)
def test_the_timeout_is_the_longest_recovery_that_the_experiment_judges(
    context, kind, name, target
):
    context.kind, context.experiment = kind, name

    assert timeout_seconds(context) == TARGETS.recovery[target].value
