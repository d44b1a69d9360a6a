"""The frame of every experiment: a fault counts only when it is proven."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from chaos.timeline import Timeline, now
from exchange.outcomes import Measurement, Moment
from targets.verdict import Verdict, worst

_PROOF_POLL_SECONDS = 0.05


class Staged(Protocol):
    """What the frame needs of the stage that an experiment plays on."""

    timeline: Timeline
    injury: "Injury | None"


Stage = TypeVar("Stage", bound=Staged)
Evidence = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True)
class Injury:
    """What a fault did, when, and how to see that it really did it.

    `evidence` answers with what it saw, or None while there is nothing to see. From
    `at` to `over_at` requests may have been cut off; `jobs` are ids of jobs that were.
    """

    at: float
    what: str
    evidence: Evidence
    over_at: float | None = None
    jobs: tuple[str, ...] = ()


Fault = Callable[[Stage], AbstractAsyncContextManager[Injury]]
Claim = Callable[[Stage], Awaitable[Measurement]]


@dataclass(frozen=True)
class Experiment(Generic[Stage]):
    """One loss and what must hold around it.

    `steady` answers with complaints, none when the platform is fit to be hurt.
    `fault` undoes itself when it is left, however it is left; `hold` is how long it
    stays. `during` is judged while it holds, `after` once `settle` saw recovery.
    Without evidence within `proof_seconds` the run is invalid.
    """

    name: str
    title: str
    steady: Callable[[Stage], Awaitable[list[str]]]
    fault: Fault[Stage]
    hold: Callable[[Stage], Awaitable[None]]
    during: tuple[Claim[Stage], ...]
    settle: Callable[[Stage], Awaitable[None]]
    after: tuple[Claim[Stage], ...]
    proof_seconds: float = 5.0


@dataclass
class Findings:
    """What one run of an experiment found."""

    measurements: list[Measurement] = field(default_factory=list)
    invalid_because: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """Invalid without a proven fault on a steady platform, else the worst claim."""
        if self.invalid_because:
            return Verdict.INVALID
        return worst(found.verdict for found in self.measurements)


async def run(experiment: Experiment[Stage], stage: Stage) -> Findings:
    """Hurt the platform once and judge what it did about it."""
    findings = Findings(invalid_because=await experiment.steady(stage))
    if findings.invalid_because:
        return findings

    async with experiment.fault(stage) as injury:
        stage.injury = injury
        stage.timeline.add(Moment(at=injury.at, what=injury.what, kind="fault"))
        proof = await _prove(injury, within_seconds=experiment.proof_seconds)
        if proof is None:
            unproven = f"the fault did not act: no evidence that {injury.what}"
            findings.invalid_because.append(unproven)
        else:
            stage.timeline.add(Moment(at=now(), what=proof, kind="proof"))
            await experiment.hold(stage)
            findings.measurements += [await c(stage) for c in experiment.during]
    stage.timeline.add(Moment(at=now(), what="the fault is undone", kind="undone"))

    await experiment.settle(stage)
    if proof is not None:
        findings.measurements += [await claim(stage) for claim in experiment.after]
    return findings


async def _prove(injury: Injury, *, within_seconds: float) -> str | None:
    deadline = now() + within_seconds
    while True:
        seen = await injury.evidence()
        if seen is not None or now() >= deadline:
            return seen
        await asyncio.sleep(_PROOF_POLL_SECONDS)
