"""The eight families of targets, by the kind of proof."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from msgspec import Struct, field

from targets.units import Bytes, Duration, Quantity, Rate, Ratio, Times

Comparison = Literal["at_most", "at_least"]
Source = Literal["D0", "D1", "D2", "D3", "D4", "card", "ours"]
Severity = Literal["page", "ticket"]
Value = Quantity | int | tuple[Ratio, ...]


class Target(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One target: its value, its source and its proofs."""

    units: ClassVar[tuple[str, ...]] = ()
    lower_bounds: ClassVar[frozenset[str]] = frozenset()

    title: str
    source: tuple[Source, ...]
    proof: tuple[str, ...]
    proposed: bool = False
    processor_bound: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        given = [name for name in self.units if getattr(self, name) is not None]
        if len(given) != 1:
            wanted = ", ".join(self.units)
            raise ValueError(f"wants exactly one of {wanted}; has {given or 'none'}")
        if not self.source:
            raise ValueError("names no source")
        if ("ours" in self.source) != self.proposed:
            raise ValueError("source 'ours' and proposed = true belong together")
        if self.processor_bound and self.unit not in {"s", "1/s"}:
            raise ValueError("only a duration or a rate can be processor_bound")

    @property
    def field(self) -> str:
        """Return the key that holds the target's number."""
        return next(name for name in self.units if getattr(self, name) is not None)

    @property
    def promised(self) -> Value:
        """Return the target's number with its unit; a count is a bare int."""
        value: Value = getattr(self, self.field)
        return value

    @property
    def value(self) -> float:
        """Return the target's number in its base unit: s, ratio, 1/s, B or a count."""
        promised = self.promised
        if isinstance(promised, Quantity):
            return promised.value
        return promised[0].value if isinstance(promised, tuple) else float(promised)

    @property
    def unit(self) -> str:
        """Return the base unit of `value`; `count` for a number of things."""
        promised = self.promised
        if isinstance(promised, Quantity):
            return promised.base
        return promised[0].base if isinstance(promised, tuple) else "count"

    @property
    def comparison(self) -> Comparison:
        return "at_least" if self.field in self.lower_bounds else "at_most"


class Slo(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A share of events that must be good. p95: 95 % of events are within the limit."""

    units = ("p95", "objective")
    lower_bounds = frozenset({"objective"})

    signal: str
    p95: Duration | None = None
    objective: Ratio | None = None
    only: tuple[str, ...] = ()
    mix: Ratio | None = None

    @property
    def bad_share(self) -> float:
        """Return the share of events that may be bad, 0…1."""
        if self.objective is None:
            return 0.05
        return float(1 - self.objective.exact)


class Limit(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gauge that must stay under (or, for coverage and retention, over) a limit."""

    units = ("memory", "within", "count", "retained", "covered")
    lower_bounds = frozenset({"retained", "covered"})

    memory: Bytes | None = None
    within: Duration | None = None
    count: int | None = None
    retained: Duration | None = None
    covered: Ratio | None = None


class Capacity(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rate, a number of clients or a number of connections that must be carried."""

    units = ("rate", "users", "pool_min", "pool_max")
    lower_bounds = frozenset({"rate", "users", "pool_min"})

    rate: Rate | None = None
    users: int | None = None
    pool_min: int | None = None
    pool_max: int | None = None
    holding: tuple[str, ...] = ()


class Scale(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The threshold and bounds of an autoscaler."""

    units = ("cpu", "replicas_min", "replicas_max")
    lower_bounds = frozenset({"replicas_min", "replicas_max"})

    cpu: Ratio | None = None
    replicas_min: int | None = None
    replicas_max: int | None = None


class Recovery(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The allowed duration or count of a fault's effect."""

    units = ("within", "count", "every", "caught")
    lower_bounds = frozenset({"caught"})

    within: Duration | None = None
    count: int | None = None
    every: Duration | None = None
    caught: int | None = None


class Rollout(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A setting of a release: canary steps, or the rollback."""

    units = ("steps", "hold", "share", "within", "count")

    steps: tuple[Ratio, ...] | None = None
    hold: Duration | None = None
    share: Ratio | None = None
    within: Duration | None = None
    count: int | None = None


class Speed(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The performance of one process, relative to named peers or at growing size.

    `times` is reached or exceeded, `most_times` is not exceeded: the first compares
    with a slower peer, the second with our own cost at a smaller size.
    """

    units = ("times", "most_times", "within", "cpu", "memory", "growth")
    lower_bounds = frozenset({"times"})

    times: Times | None = None
    most_times: Times | None = None
    within: Duration | None = None
    cpu: Ratio | None = None
    memory: Bytes | None = None
    growth: Ratio | None = None


class Alert(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The condition of an alert. `watches` names the target in danger."""

    units = ("over_share", "under_share", "over_duration", "over_target")
    lower_bounds = frozenset({"under_share"})

    watches: str
    severity: Severity
    over_share: Ratio | None = None
    under_share: Ratio | None = None
    over_duration: Duration | None = None
    over_target: Ratio | None = None
    for_: Duration = field(name="for")


class Tier(Struct, frozen=True, forbid_unknown_fields=True):
    """One burn-rate alert: fires when `spend` of the budget would be used in `long`."""

    severity: Severity
    spend: Ratio
    long: Duration
    short: Duration
    for_: Duration = field(name="for")


class Budget(Struct, frozen=True, forbid_unknown_fields=True):
    """The window of error budgets, and its burn-rate tiers."""

    window: Duration
    min_events: int
    burn: tuple[Tier, ...]

    def factor(self, tier: Tier) -> float:
        """Return the burn rate (1 uses exactly the budget) at which `tier` fires."""
        return float(tier.spend.exact * self.window.exact / tier.long.exact)


class Signal(Struct, frozen=True, forbid_unknown_fields=True):
    """A histogram that targets are judged on, and the label that separates them."""

    histogram: str
    by: str


class Later(Struct, frozen=True, forbid_unknown_fields=True):
    """A capability that is not built yet; its targets are not measured."""

    arrives: str


class Proofs(Struct, frozen=True, forbid_unknown_fields=True):
    """The names of all proofs that exist."""

    load: tuple[str, ...]
    chaos: tuple[str, ...]
    check: tuple[str, ...]
    drill: tuple[str, ...]
    bench: tuple[str, ...]
    cluster: tuple[str, ...]

    def names(self) -> Iterator[str]:
        for kind in self.__struct_fields__:
            yield from (f"{kind}:{name}" for name in getattr(self, kind))


class Reference(Struct, frozen=True, forbid_unknown_fields=True):
    """The calibration of the machine of the published figures.

    A machine is slower when its ratio exceeds 1 + `tolerance`.
    """

    machine: str
    hash: Duration
    json: Duration
    round_trip: Duration
    tolerance: Ratio


class Assumptions(Struct, frozen=True, forbid_unknown_fields=True):
    """Assumed facts that the lint uses; not targets."""

    max_connections: int
    api_instances: int
    workers: int
    worker_threads: int
    container_memory: Bytes
