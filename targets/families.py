"""The eight families of promises, by what can prove them."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from msgspec import Struct, field

from targets.units import Bytes, Duration, Quantity, Rate, Ratio, Times

Comparison = Literal["at_most", "at_least"]
Source = Literal["D0", "D1", "D2", "D3", "D4", "card", "ours"]
Severity = Literal["page", "ticket"]
Value = Quantity | int | tuple[Ratio, ...]


class Target(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One promised number: what it is, who asked for it, what proves it."""

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
        """The key that holds the promised number."""
        return next(name for name in self.units if getattr(self, name) is not None)

    @property
    def promised(self) -> Value:
        """The promised number with its unit; a count is a bare int."""
        value: Value = getattr(self, self.field)
        return value

    @property
    def value(self) -> float:
        """The promised number in its base unit: s, ratio, 1/s, B or a count."""
        promised = self.promised
        if isinstance(promised, Quantity):
            return promised.value
        return promised[0].value if isinstance(promised, tuple) else float(promised)

    @property
    def unit(self) -> str:
        """The base unit of `value`; `count` where it is a number of things."""
        promised = self.promised
        if isinstance(promised, Quantity):
            return promised.base
        return promised[0].base if isinstance(promised, tuple) else "count"

    @property
    def comparison(self) -> Comparison:
        return "at_least" if self.field in self.lower_bounds else "at_most"


class Slo(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A share of events that must be good. p95 means: 95 % are within it."""

    units = ("p95", "objective")
    lower_bounds = frozenset({"objective"})

    signal: str
    p95: Duration | None = None
    objective: Ratio | None = None
    only: tuple[str, ...] = ()
    mix: Ratio | None = None

    @property
    def bad_share(self) -> float:
        """The share of events that may be bad, 0…1."""
        if self.objective is None:
            return 0.05
        return float(1 - self.objective.exact)


class Limit(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gauge that must stay under (or, for coverage and retention, over) a line."""

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
    """Where an autoscaler acts and between which bounds."""

    units = ("cpu", "replicas_min", "replicas_max")
    lower_bounds = frozenset({"replicas_min", "replicas_max"})

    cpu: Ratio | None = None
    replicas_min: int | None = None
    replicas_max: int | None = None


class Recovery(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a fault may cost, by stopwatch or by counting."""

    units = ("within", "count", "every", "caught")
    lower_bounds = frozenset({"caught"})

    within: Duration | None = None
    count: int | None = None
    every: Duration | None = None
    caught: int | None = None


class Rollout(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a release reaches everybody, or does not."""

    units = ("steps", "hold", "share", "within", "count")

    steps: tuple[Ratio, ...] | None = None
    hold: Duration | None = None
    share: Ratio | None = None
    within: Duration | None = None
    count: int | None = None


class Speed(Target, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one process costs, beside named peers or at growing size.

    `times` is reached or exceeded, `most_times` is not exceeded: the first compares
    with somebody slower, the second with ourselves when there is less to do.
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
    """When somebody is told. `watches` names the target that is in danger."""

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
    """One burn-rate alert: fires when `spend` of the budget would go in `long`."""

    severity: Severity
    spend: Ratio
    long: Duration
    short: Duration
    for_: Duration = field(name="for")


class Budget(Struct, frozen=True, forbid_unknown_fields=True):
    """The window that error budgets are counted over, and the tiers that watch it."""

    window: Duration
    min_events: int
    burn: tuple[Tier, ...]

    def factor(self, tier: Tier) -> float:
        """How many times faster than allowed the budget burns when `tier` fires."""
        return float(tier.spend.exact * self.window.exact / tier.long.exact)


class Signal(Struct, frozen=True, forbid_unknown_fields=True):
    """A histogram that targets are judged on, and the label that tells them apart."""

    histogram: str
    by: str


class Later(Struct, frozen=True, forbid_unknown_fields=True):
    """A capability that is not built yet; its targets wait for it."""

    arrives: str


class Proofs(Struct, frozen=True, forbid_unknown_fields=True):
    """The names of everything that can prove a target today."""

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
    """The calibration on the machine that the published figures come from.

    A machine is slower when its ratio exceeds 1 + `tolerance`.
    """

    machine: str
    hash: Duration
    json: Duration
    round_trip: Duration
    tolerance: Ratio


class Assumptions(Struct, frozen=True, forbid_unknown_fields=True):
    """Facts that promises are weighed against; not promises themselves."""

    max_connections: int
    api_instances: int
    workers: int
    worker_threads: int
    container_memory: Bytes
