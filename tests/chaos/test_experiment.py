"""The sequence of an experiment, with real processes as fault targets."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import psutil
import pytest

from chaos.environments.fault_targets import LocalFaultTarget, is_alive
from chaos.experiment import Experiment, FaultRecord, run
from chaos.timeline import Timeline
from exchange.outcomes import Measurement
from targets.verdict import Verdict


@dataclass
class Scene:
    fault_target: LocalFaultTarget
    process: psutil.Process
    complaints: list[str] = field(default_factory=list)
    undone: int = 0
    timeline: Timeline = field(default_factory=Timeline)
    fault_record: FaultRecord | None = None


@pytest.fixture
def scene() -> Iterator[Scene]:
    with subprocess.Popen(["/bin/sleep", "60"]) as sleeper:
        process = psutil.Process(sleeper.pid)
        yield Scene(
            fault_target=LocalFaultTarget("sleeper", [process]), process=process
        )
        sleeper.kill()


async def steady(scene):
    return scene.complaints


async def at_once(_scene):
    """Return at once: neither hold nor wait."""


@asynccontextmanager
async def killed(scene):
    try:
        death = await scene.fault_target.kill()

        async def evidence():
            return None if scene.fault_target.alive() else f"{death.pids} are gone"

        yield FaultRecord(at=death.at, what="the sleeper was killed", evidence=evidence)
    finally:
        scene.undone += 1


@asynccontextmanager
async def missed_shot(scene):
    async def evidence():
        return None if scene.fault_target.alive() else "gone"

    try:
        yield FaultRecord(at=0.0, what="the sleeper was killed", evidence=evidence)
    finally:
        scene.undone += 1


def claiming(verdict):
    async def claim(_scene):
        return Measurement(
            target="recovery.restored",
            value=1.0,
            unit="s",
            verdict=verdict,
            detail="as planted",
        )

    return claim


def experiment(**parts):
    whole = Experiment(
        name="sleeper-killed",
        title="The sleeper is killed",
        steady=steady,
        fault=killed,
        hold=at_once,
        during=(),
        settle=at_once,
        after=(claiming(Verdict.MET),),
        proof_seconds=0.2,
    )
    return replace(whole, **parts)


async def test_a_proven_fault_and_held_claims_are_met(scene):
    findings = await run(experiment(), scene)

    assert findings.verdict is Verdict.MET
    kinds = [moment.kind for moment in scene.timeline.moments]
    assert kinds == ["fault", "proof", "undone"]
    assert not is_alive(scene.process)


@pytest.mark.parametrize("place", ["during", "after"])
async def test_a_broken_claim_is_missed(scene, place):
    broken = experiment(**{place: (claiming(Verdict.MISSED),)})

    findings = await run(broken, scene)

    assert findings.verdict is Verdict.MISSED


async def test_a_fault_without_evidence_is_invalid_even_with_held_claims(scene):
    findings = await run(experiment(fault=missed_shot), scene)

    assert findings.verdict is Verdict.INVALID
    assert findings.invalid_because == [
        "the fault did not act: no evidence that the sleeper was killed"
    ]
    assert findings.measurements == []
    assert scene.undone == 1


async def test_no_fault_happens_while_the_steady_state_is_broken(scene):
    scene.complaints = ["it was ill before"]

    findings = await run(experiment(), scene)

    assert findings.verdict is Verdict.INVALID
    assert findings.invalid_because == ["it was ill before"]
    assert is_alive(scene.process)
    assert (scene.undone, scene.timeline.moments) == (0, [])


@pytest.mark.parametrize("problem", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_the_fault_is_undone_when_a_claim_raises(scene, problem):
    async def claim(_scene):
        raise problem

    with pytest.raises(problem):
        asyncio.run(run(experiment(during=(claim,)), scene))

    assert scene.undone == 1


async def test_the_fault_is_undone_when_the_run_is_cancelled_while_it_holds(scene):
    holding = asyncio.Event()

    async def hold(_scene):
        holding.set()
        await asyncio.Event().wait()

    running = asyncio.create_task(run(experiment(hold=hold), scene))
    await holding.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert scene.undone == 1


async def test_an_experiment_without_any_claim_is_never_met(scene):
    findings = await run(experiment(after=()), scene)

    assert findings.verdict is Verdict.NOT_MEASURED
