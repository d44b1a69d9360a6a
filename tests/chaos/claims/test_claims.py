"""Each claim, judged on attempts and promises written by the test."""

import random

import msgspec
import pytest

from chaos.claims.always import nothing_unresolved, restored
from chaos.claims.controls import (
    DEADLINE_SECONDS,
    checker_goes_red,
    sweep_finishes_them,
)
from chaos.claims.jobs import backlog_drains
from chaos.claims.requests import only_requests_in_flight_fail, writes_resume
from chaos.environments.local import LocalEnvironment
from chaos.experiment import FaultRecord
from chaos.ledger.entries import Acknowledged, Write
from chaos.run_context import RunContext
from chaos.timeline import Timeline
from chaos.traffic.attempts import Attempt
from chaos.traffic.load import Load, Rates
from chaos.traffic.requests import Requests
from exchange.outcomes import Moment
from exchange.platforms import LocalPlatform
from targets import load as load_targets
from targets.verdict import Verdict

FAULT_AT = 1_000.0
DEAD_AT = 1_000.2
UNDONE_AT = 1_010.0
GAP_TARGET = "recovery.database-process-killed"
PROMISED_GAP_SECONDS = load_targets().find(GAP_TARGET).value


async def nothing():
    return None


@pytest.fixture
def environment():
    """Return an environment without a platform: claims read attempts and ledger."""
    empty = {
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
    return LocalEnvironment(msgspec.convert(empty, LocalPlatform))


@pytest.fixture
def context(environment, api, ledger, client, watcher):
    requests = Requests("test", random.Random(1))  # noqa: S311 - not a secret
    timeline = Timeline()
    timeline.add(Moment(at=FAULT_AT, what="fault", kind="fault"))
    timeline.add(Moment(at=UNDONE_AT, what="undone", kind="undone"))
    load = Load(api, client, requests, Rates())
    load.ended = FAULT_AT + 30.0
    return RunContext(
        experiment="database-process-killed",
        environment=environment,
        targets=load_targets(),
        timeline=timeline,
        api=api,
        ledger=ledger,
        client=client,
        watcher=watcher,
        requests=requests,
        load=load,
        fault_record=FaultRecord(
            at=FAULT_AT, over_at=DEAD_AT, what="fault", evidence=nothing
        ),
    )


def attempted(context, started, ended, failure=None):
    attempt = Attempt(
        kind="write", intended=started, started=started, ended=ended, failure=failure
    )
    context.load.attempts.all.append(attempt)


def flow(context, since, until):
    for tenth in range(int(since * 10), int(until * 10)):
        attempted(context, FAULT_AT + tenth / 10, FAULT_AT + tenth / 10 + 0.01)


def promise(context, report, at):
    context.ledger.reports[report] = Acknowledged(id=report, key=report, at=at)


class TestWritesResume:
    @pytest.mark.parametrize(
        ("gap_seconds", "verdict"),
        [
            (PROMISED_GAP_SECONDS - 0.5, Verdict.MET),
            (PROMISED_GAP_SECONDS + 0.5, Verdict.MISSED),
        ],
    )
    async def test_the_gap_is_judged_against_the_target(
        self, context, gap_seconds, verdict
    ):
        flow(context, -1, 0)
        flow(context, gap_seconds, 30)

        found = await writes_resume(GAP_TARGET)(context)

        assert found.verdict is verdict
        assert found.value == pytest.approx(gap_seconds, abs=0.2)

    async def test_a_second_stall_long_after_the_fault_counts_too(self, context):
        flow(context, -1, 1)
        flow(context, 2, 10)
        flow(context, 10 + PROMISED_GAP_SECONDS + 1, 30)

        assert (await writes_resume(GAP_TARGET)(context)).verdict is Verdict.MISSED

    async def test_writes_that_never_come_back_are_missed(self, context):
        flow(context, -1, 0)

        assert (await writes_resume(GAP_TARGET)(context)).verdict is Verdict.MISSED


class TestOnlyRequestsInFlightFail:
    CLAIM = staticmethod(only_requests_in_flight_fail("recovery.api-instance-killed"))

    async def test_failures_of_requests_in_flight_are_excused(self, context):
        attempted(context, FAULT_AT - 0.1, FAULT_AT + 0.1, "ReadError")
        attempted(context, FAULT_AT + 0.1, FAULT_AT + 0.3, "ReadError")
        attempted(context, FAULT_AT - 0.1, FAULT_AT + 0.1)

        found = await self.CLAIM(context)

        assert (found.verdict, found.value) == (Verdict.MET, 0)
        assert found.detail == "2 failed, 3 were in flight at the kill"

    async def test_a_failure_of_a_request_sent_after_the_death_is_missed(self, context):
        attempted(context, DEAD_AT + 0.1, DEAD_AT + 0.2, "ConnectError")

        found = await self.CLAIM(context)

        assert (found.verdict, found.value) == (Verdict.MISSED, 1)

    async def test_a_run_without_requests_is_invalid(self, context):
        assert (await self.CLAIM(context)).verdict is Verdict.INVALID


class TestBacklogDrains:
    async def test_the_last_report_promised_during_the_fault_decides(self, context):
        promise(context, "during", FAULT_AT + 1)
        promise(context, "after", UNDONE_AT + 1)
        context.watcher.done = {"during": UNDONE_AT + 3, "after": UNDONE_AT + 50}

        found = await backlog_drains(context)

        assert (found.verdict, found.value) == (Verdict.MET, 3.0)

    async def test_a_report_that_is_never_done_is_missed(self, context):
        promise(context, "during", FAULT_AT + 1)

        assert (await backlog_drains(context)).verdict is Verdict.MISSED


class TestRestored:
    async def test_a_platform_that_never_recovers_is_missed(self, context):
        context.problems = ["no synchronous standby"]

        found = await restored(context)

        assert found.verdict is Verdict.MISSED
        assert "no synchronous standby" in found.detail

    async def test_recovery_is_measured_from_the_end_of_the_fault(self, context):
        context.recovered_at = UNDONE_AT + 4.5

        found = await restored(context)

        assert (found.verdict, found.value) == (Verdict.MET, 4.5)


class TestControl:
    async def test_the_control_is_met_only_if_reports_went_missing(
        self, context, faulty, client
    ):
        faulty.done_after_seconds = 3600.0
        await client.submit(Write(kind="report", keys=("stranded",), body={}))

        found = await checker_goes_red(context, deadline_seconds=0.1)

        assert (found.verdict, found.value) == (Verdict.MET, 1)

    async def test_a_checker_that_finds_nothing_fails_the_control(
        self, context, client
    ):
        await client.submit(Write(kind="report", keys=("done",), body={}))

        found = await checker_goes_red(context, deadline_seconds=5.0)

        assert (found.verdict, found.value) == (Verdict.MISSED, 0)

    async def test_the_sweep_must_meet_the_same_deadline(self, context):
        promise(context, "quick", FAULT_AT)
        context.watcher.done = {"quick": UNDONE_AT + 1.0}
        in_time = await sweep_finishes_them(context)
        context.watcher.done["quick"] = UNDONE_AT + DEADLINE_SECONDS + 1.0
        late = await sweep_finishes_them(context)

        assert (in_time.verdict, late.verdict) == (Verdict.MET, Verdict.MISSED)


async def test_without_an_audit_a_claim_about_the_ledger_is_not_measured(context):
    found = await nothing_unresolved(context)

    assert (found.verdict, found.value) == (Verdict.NOT_MEASURED, None)
