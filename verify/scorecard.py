"""One line per target: the promised value, the measured value, and the verdict."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from exchange.outcomes import Measurement, Outcome
from targets import Targets
from targets.families import Target
from targets.matrix import promise_text
from targets.verdict import Verdict, worst
from verify.figures import write_figure
from verify.reading import read_proof
from verify.steps import Step

_ELSEWHERE: Final = {
    "drill": "in the drill",
    "bench": "in the bench",
    "cluster": "on Kubernetes",
    "later": "to come",
}
_COMMANDS: Final = {
    "check": "./task verify",
    "drill": "./task drill",
    "bench": "./task bench",
    "cluster": "./task cluster:verify",
}
_MANY = 4
_UNDECIDED: Final = (Verdict.NOT_MEASURED, Verdict.NOT_DECIDED)


class Line(Struct, frozen=True, kw_only=True):
    """One target. `planned` states that this run is to measure it.

    `decided_by` is the proof with the worst verdict and value.

    `awaits` is the command that measures it, or the capability it arrives with.
    """

    target: str
    title: str
    promised: str
    measured: str
    verdict: Verdict
    planned: bool
    detail: str
    proved_by: tuple[str, ...]
    decided_by: str
    source: tuple[str, ...]
    proposed: bool
    value: float | None = None
    limit: float
    unit: str
    comparison: str
    awaits: str = ""

    @property
    def family(self) -> str:
        """Return the part of the target's id before the dot, like `recovery`."""
        return self.target.partition(".")[0]


class Scorecard(Struct, frozen=True, kw_only=True):
    """Every line, and the problems of the outcomes themselves."""

    lines: tuple[Line, ...]
    problems: tuple[str, ...]
    verdict: Verdict

    def count(self, verdict: Verdict) -> int:
        """Return the number of lines with this verdict."""
        return sum(line.verdict is verdict for line in self.lines)

    def exit_code(self, *, strict: bool) -> int:
        """Return 0 for all met, 1 for missed, 4 for invalid or nothing measured.

        Not measured and not decided are 1 when `strict`.
        """
        if self.verdict is Verdict.MISSED:
            return 1
        if self.verdict is not Verdict.MET:
            return 4
        return 1 if strict and any(map(self.count, _UNDECIDED)) else 0


def group_waiting(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that wait for the same command, if they are many."""
    together: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        together.setdefault((line.family, line.awaits), []).append(line)
    groups: list[list[Line]] = []
    for group in together.values():
        many = len(group) >= _MANY
        groups += [group] if many else [[line] for line in group]
    return groups


def build(
    targets: Targets, plan: Sequence[Step], outcomes: Mapping[str, Outcome]
) -> Scorecard:
    """Judge every target by the outcomes; `outcomes` is keyed by source.

    An outcome measured elsewhere counts like a step of the plan.
    """
    sources = {step.source for step in plan} | set(outcomes)
    everything = targets.all()
    lines = [
        _judge(targets, full_id, target, sources, outcomes)
        for full_id, target in everything.items()
    ]
    problems = _find_problems(plan, everything, outcomes)
    return Scorecard(
        lines=tuple(lines),
        problems=tuple(problems),
        verdict=_decide(lines, problems, outcomes),
    )


def _decide(
    lines: Sequence[Line], problems: Sequence[str], outcomes: Mapping[str, Outcome]
) -> Verdict:
    heard = [line.verdict for line in lines if line.planned]
    heard += [outcome.verdict for outcome in outcomes.values()]
    heard += [Verdict.INVALID for _ in problems]
    return worst(verdict for verdict in heard if verdict not in _UNDECIDED)


def _find_problems(
    plan: Sequence[Step],
    everything: Mapping[str, Target],
    outcomes: Mapping[str, Outcome],
) -> list[str]:
    missing = [
        f"{step.source} left no outcome" for step in plan if step.source not in outcomes
    ]
    return missing + [
        f"{source} measures {found.target}, which is no target"
        for source, outcome in outcomes.items()
        for found in outcome.measurements
        if found.target not in everything
    ]


def _judge(
    targets: Targets,
    full_id: str,
    target: Target,
    sources: set[str],
    outcomes: Mapping[str, Outcome],
) -> Line:
    here = [proof for proof in target.proof if proof in sources]
    if not here:
        return _write_line(full_id, target, _unplanned(full_id, target), (), targets)
    found = [
        measurement
        for proof in here
        for measurement in read_proof(full_id, target, proof, outcomes.get(proof))
    ]
    return _write_line(full_id, target, _pick(target, found), tuple(here), targets)


def _pick(target: Target, found: Sequence[Measurement]) -> Measurement:
    """Return the deciding measurement: the worst verdict, then the worst value."""
    verdict = worst(measurement.verdict for measurement in found)
    sign = 1 if target.comparison == "at_most" else -1
    decisive = [m for m in found if m.verdict is verdict]
    return max(
        decisive,
        key=lambda m: float("-inf") if m.value is None else sign * m.value,
    )


def _unplanned(full_id: str, target: Target) -> Measurement:
    return Measurement(
        target=full_id,
        value=None,
        unit=target.unit,
        verdict=Verdict.NOT_MEASURED,
        detail="not part of this run",
    )


def _write_line(
    full_id: str,
    target: Target,
    decisive: Measurement,
    here: tuple[str, ...],
    targets: Targets,
) -> Line:
    among = f"worst of {len(here)}: " if len(here) > 1 else ""
    beside = [proof for proof in target.proof if proof not in here]
    partly = f" ({_count_elsewhere(beside)})" if here and beside else ""
    return Line(
        target=full_id,
        title=target.title,
        promised=promise_text(target),
        measured=write_figure(decisive.value, target.unit),
        verdict=decisive.verdict,
        planned=bool(here),
        detail=f"{among}{decisive.detail}{partly}",
        proved_by=here or target.proof,
        decided_by=decisive.source,
        source=target.source,
        proposed=target.proposed,
        value=decisive.value,
        limit=target.value,
        unit=target.unit,
        comparison=target.comparison,
        awaits="" if here else _find_awaited(targets, target),
    )


def _count_elsewhere(proofs: Sequence[str]) -> str:
    """Return the number of proofs that each other run provides."""
    places = Counter(
        _ELSEWHERE.get(proof.partition(":")[0], "in the full run") for proof in proofs
    )
    return ", ".join(f"{count} more {place}" for place, count in places.items())


def _find_awaited(targets: Targets, target: Target) -> str:
    kind, _, name = target.proof[0].partition(":")
    if kind == "later":
        return f"arrives with {targets.later[name].arrives}"
    return _COMMANDS.get(kind, f"./task verify -- --only {name}")
