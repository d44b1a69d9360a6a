"""A whole run against a fake platform: context, sequence, claims, outcome."""

import subprocess
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import psutil
import pytest

from chaos.claims.always import ALWAYS
from chaos.claims.jobs import every_job_finishes
from chaos.claims.requests import no_request_fails, writes_resume
from chaos.environments.environment import Member, Process, Status
from chaos.environments.fault_targets import LocalFaultTarget
from chaos.experiment import FaultRecord
from chaos.faults.kills import host_killed
from chaos.run_context import PlatformExperiment
from chaos.runner import run_experiment
from chaos.steps import for_seconds, settle, steady
from exchange.outcomes import read_outcome
from targets import load
from targets.verdict import Verdict

MEMBERS = [
    Member(name="database-1", role="leader", streaming=True),
    Member(name="database-2", role="synchronous", streaming=True),
]


class Sleeper:
    """An environment whose only host is a sleeping process."""

    name = "test"
    pace = 1.0
    api_instances: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()

    def __init__(self, url: str, pid: int) -> None:
        self.api_url = url
        self.machine = {"cores": 2}
        self.held: list[str] = []
        self.pid = pid

    async def status(self) -> Status:
        healthy = Process(state="running", healthy=not self.held)
        return Status(processes={"sleeper": healthy}, ready=not self.held)

    async def members(self) -> list[Member]:
        return MEMBERS

    async def find(self, *names: str) -> list[LocalFaultTarget]:
        return [LocalFaultTarget(name, [psutil.Process(self.pid)]) for name in names]

    def hold(self, name: str) -> None:
        self.held.append(name)

    def release(self, name: str) -> None:
        self.held.remove(name)


class Silent:
    """A listener that records the kinds of moments."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def notify(self, moment) -> None:
        self.told.append(moment.kind)

    def follow(self, context) -> None:
        self.context = context


@asynccontextmanager
async def fault(context):
    async with host_killed(context.environment, "sleeper") as fault_record:
        yield fault_record


EXPERIMENT = PlatformExperiment(
    name="database-process-killed",
    title="The sleeper is killed",
    steady=steady,
    fault=fault,
    hold=for_seconds(0.5),
    during=(),
    settle=settle,
    after=(
        writes_resume("recovery.database-process-killed"),
        no_request_fails("recovery.broker-wiped-errors"),
        every_job_finishes,
        *ALWAYS,
    ),
)


@pytest.fixture
def sleeper(url) -> Iterator[Sleeper]:
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        yield Sleeper(url, process.pid)
        process.kill()


@pytest.fixture
def run(sleeper, tmp_path):
    async def go(experiment):
        out = tmp_path / "chaos.json"
        outcome = await run_experiment(
            experiment, sleeper, load(), out=out, listener=Silent()
        )
        assert read_outcome(out) == outcome
        return outcome

    return go


def verdicts(outcome):
    return {found.target: found.verdict for found in outcome.measurements}


async def test_a_healthy_platform_is_met_with_every_claim_measured(run, sleeper):
    outcome = await run(EXPERIMENT)

    assert set(verdicts(outcome).values()) == {Verdict.MET}
    assert len(outcome.measurements) == 7
    assert outcome.verdict is Verdict.MET
    assert [m.kind for m in outcome.timeline] == [
        "fault",
        "proof",
        "undone",
        "recovered",
    ]
    assert outcome.facts["ledger"]["acknowledged"] > 0
    assert outcome.facts["write_gap_seconds"] < 1.0
    assert sum(point.ok for point in outcome.series) > 0
    assert sleeper.held == []


async def test_a_platform_that_first_refuses_registration_is_retried(run, faulty):
    faulty.fail_before = {""}  # a registration has an empty key

    assert (await run(EXPERIMENT)).verdict is Verdict.MET
    assert faulty.fail_before == set()


async def test_a_platform_that_loses_writes_is_missed_for_lost_writes_only(run, faulty):
    class Everything(set):
        def __contains__(self, key: object) -> bool:
            return str(key).endswith("7")

    faulty.lose = Everything()

    outcome = await run(EXPERIMENT)

    assert outcome.verdict is Verdict.MISSED
    missed = {t for t, verdict in verdicts(outcome).items() if verdict != Verdict.MET}
    assert missed == {"recovery.lost-writes"}
    assert outcome.facts["examples"]["lost"]


async def test_a_platform_unhealthy_before_the_fault_is_invalid_and_left_alone(
    run, sleeper
):
    sleeper.held.append("sleeper")
    ill = replace(EXPERIMENT, steady=complain)

    outcome = await run(ill)

    assert outcome.verdict is Verdict.INVALID
    assert outcome.invalid_because == ["ill"]
    assert outcome.measurements == []
    assert psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE


async def complain(_stage):
    return ["ill"]


async def test_a_fault_without_evidence_is_invalid_and_undone(run, sleeper):
    @asynccontextmanager
    async def harmless(context):
        async def evidence():
            return None

        context.environment.hold("sleeper")
        try:
            yield FaultRecord(at=0.0, what="the sleeper was killed", evidence=evidence)
        finally:
            context.environment.release("sleeper")

    outcome = await run(replace(EXPERIMENT, fault=harmless, proof_seconds=0.1))

    assert outcome.verdict is Verdict.INVALID
    assert sleeper.held == []
