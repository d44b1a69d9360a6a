"""Availability of a month in which every fault happens once."""

from exchange.outcomes import Measurement
from verify.budget import CONTROL, find_costs
from verify.checks.judging import cannot_measure, measure
from verify.evidence import Evidence
from verify.figures import write_seconds

_TARGETS = ("slo.availability", "slo.availability-stretch")


def check_availability(evidence: Evidence) -> list[Measurement]:
    """Measure one minus the total cost of the faults over the window of the budget."""
    targets = evidence.targets
    costs = find_costs(list(evidence.outcomes.values()))
    wanted = {name for name in targets.proof.chaos if not name.startswith(CONTROL)}
    silent = wanted - {cost.name for cost in costs}
    if silent:
        why = f"what {', '.join(sorted(silent))} cost was not measured"
        return [cannot_measure(targets, full_id, why) for full_id in _TARGETS]
    lost = sum(cost.seconds for cost in costs)
    window = targets.budget.window
    detail = f"{len(costs)} faults cost {write_seconds(lost)} of {window.text}"
    return [
        measure(targets, full_id, 1 - lost / window.seconds, detail)
        for full_id in _TARGETS
    ]
