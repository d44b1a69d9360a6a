"""The sequence of every experiment: a fault counts only when it is proven."""

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
    """The parts of the run's context that the sequence needs."""

    timeline: Timeline
    fault_record: "FaultRecord | None"


RunContext = TypeVar("RunContext", bound=ExperimentContext)
Evidence = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True)
class FaultRecord:
    """A fault: its description, its times, and a check that it really happened.

    `evidence` returns its observation, or None while there is none. From `at` to
    `over_at` requests may have been cut off; `jobs` are ids of jobs that were.
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
    """One fault and the claims that must hold around it.

    `steady` returns complaints, none when the platform is fit for the fault.
    `fault` undoes itself on every exit; `hold` decides how long it lasts. `during` is
    judged while it holds, `after` once `settle` saw recovery.
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
    """The findings of one run of an experiment."""

    measurements: list[Measurement] = field(default_factory=list)
    invalid_because: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """Return invalid if unsteady or without proven fault, else the worst claim."""
        if self.invalid_because:
            return Verdict.INVALID
        return worst(found.verdict for found in self.measurements)


async def run(experiment: Experiment[RunContext], context: RunContext) -> Findings:
    """Inject the fault once and judge the platform's response."""
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
