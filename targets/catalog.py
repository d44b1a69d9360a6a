"""All targets, with lookups."""

from msgspec import Struct

from targets.families import (
    Alert,
    Assumptions,
    Budget,
    Capacity,
    Later,
    Limit,
    Proofs,
    Recovery,
    Reference,
    Rollout,
    Scale,
    Signal,
    Slo,
    Speed,
    Target,
)
from targets.histograms import edges_for

FAMILIES: dict[str, type[Target]] = {
    "slo": Slo,
    "limit": Limit,
    "capacity": Capacity,
    "scale": Scale,
    "recovery": Recovery,
    "rollout": Rollout,
    "speed": Speed,
    "alert": Alert,
}


class Targets(Struct, frozen=True, kw_only=True):
    """All targets, keyed by id inside their family."""

    service: str
    budget: Budget
    signal: dict[str, Signal]
    proof: Proofs
    later: dict[str, Later]
    assume: Assumptions
    reference: Reference
    resolution: dict[str, str]
    slo: dict[str, Slo]
    limit: dict[str, Limit]
    capacity: dict[str, Capacity]
    scale: dict[str, Scale]
    recovery: dict[str, Recovery]
    rollout: dict[str, Rollout]
    speed: dict[str, Speed]
    alert: dict[str, Alert]

    def all(self) -> dict[str, Target]:
        """Return every target by full id, like `slo.latency-events`, in file order."""
        return {
            f"{family}.{name}": target
            for family in FAMILIES
            for name, target in getattr(self, family).items()
        }

    def find(self, full_id: str) -> Target:
        """Return the target with this full id; raises KeyError."""
        return self.all()[full_id]

    def edges(self, signal: str) -> tuple[float, ...]:
        """Return the histogram edges of `signal` in seconds; every limit is an edge."""
        if signal not in self.signal:
            raise KeyError(signal)
        limits = [s for s in self.slo.values() if s.signal == signal]
        watched = {f"slo.{name}" for name, s in self.slo.items() if s in limits}
        alerts = [a for a in self.alert.values() if a.watches in watched]
        spans = [s.p95 for s in limits] + [a.over_duration for a in alerts]
        return edges_for(span.exact for span in spans if span is not None)
