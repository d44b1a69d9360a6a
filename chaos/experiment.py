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


class ExperimentContext(Protocol):
    """What the frame needs of the context that an experiment plays on."""

    timeline: Timeline
    fault_record: "FaultRecord | None"


RunContext = TypeVar("RunContext", bound=ExperimentContext)
Evidence = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True)
class FaultRecord:
    """What a fault did, when, and how to see that it really did it.

    `evidence` answers with what it saw, or None while there is nothing to see. From
    `at` to `over_at` requests may have been cut off; `jobs` are ids of jobs that were.
    """

    at: float
    what: str
    evidence: Evidence
    over_at: float | None = None
    jobs: tuple[str, ...] = ()


Fault = Callable[[RunContext], AbstractAsyncContextManager[FaultRecord]]
Claim = Callable[[RunContext], Awaitable[Measurement]]


@dataclass(frozen=True)
class Experiment(Generic[RunContext]):
    """One loss and what must hold around it.

    `steady` answers with complaints, none when the platform is fit to be hurt.
    `fault` undoes itself when it is left, however it is left; `hold` is how long it
    stays. `during` is judged while it holds, `after` once `settle` saw recovery.
    Without evidence within `proof_seconds` the run is invalid.
    """

    name: str
    title: str
    steady: Callable[[RunContext], Awaitable[list[str]]]
    fault: Fault[RunContext]
    hold: Callable[[RunContext], Awaitable[None]]
    during: tuple[Claim[RunContext], ...]
    settle: Callable[[RunContext], Awaitable[None]]
    after: tuple[Claim[RunContext], ...]
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


async def run(experiment: Experiment[RunContext], context: RunContext) -> Findings:
    """Hurt the platform once and judge what it did about it."""
    findings = Findings(invalid_because=await experiment.steady(context))
    if findings.invalid_because:
        return findings

    async with experiment.fault(context) as fault_record:
        context.fault_record = fault_record
        context.timeline.add(
            Moment(at=fault_record.at, what=fault_record.what, kind="fault")
        )
        proof = await _prove(fault_record, within_seconds=experiment.proof_seconds)
        if proof is None:
            unproven = f"the fault did not act: no evidence that {fault_record.what}"
            findings.invalid_because.append(unproven)
        else:
            context.timeline.add(Moment(at=now(), what=proof, kind="proof"))
            await experiment.hold(context)
            findings.measurements += [await c(context) for c in experiment.during]
    context.timeline.add(Moment(at=now(), what="the fault is undone", kind="undone"))

    await experiment.settle(context)
    if proof is not None:
        findings.measurements += [await claim(context) for claim in experiment.after]
    return findings


async def _prove(fault_record: FaultRecord, *, within_seconds: float) -> str | None:
    deadline = now() + within_seconds
    while True:
        seen = await fault_record.evidence()
        if seen is not None or now() >= deadline:
            return seen
        await asyncio.sleep(_PROOF_POLL_SECONDS)
