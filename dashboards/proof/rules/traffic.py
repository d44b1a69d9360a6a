"""Events of an SLO as the series of its histogram, with some that do not count.

Two instances of unequal weight and several routes show a sum that became a maximum;
good events beside the objective show a matcher that was lost.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from dashboards.proof.rules.series import counter
from dashboards.rules.events import edge_text
from targets import Targets
from targets.families import Slo

INSTANCES: Final = {"one": Decimal("0.75"), "two": Decimal("0.25")}
ROUTES: Final = ("GET /api/v1/events", "POST /api/v1/organizations")
FINE: Final = {"http": {"status": "200"}, "job": {"outcome": "done"}}
BROKEN: Final = {"http": {"status": "503"}, "job": {"outcome": "dead"}}
NONE, HALF, ALL = Decimal(0), Decimal("0.5"), Decimal(1)


class Phase(Struct, frozen=True):
    """A number of steps with `events` a step, of which the share `bad` is bad."""

    steps: int
    events: Decimal
    bad: Decimal = NONE


class Mixture(Struct, frozen=True, kw_only=True):
    """The kinds of an SLO's events; `slow` is a share of the bad ones."""

    histogram: str
    edge: Decimal | None
    slow: Decimal
    fine: dict[str, str]
    broken: dict[str, str] | None


def event_series(
    targets: Targets,
    slo: Slo,
    phases: list[Phase],
    *,
    slower: Decimal | None = None,
    nothing_good: bool = False,
) -> dict[str, str]:
    """Return every series of an SLO in promtool's notation.

    `slower` (seconds) makes events bad by their duration alone; `nothing_good` leaves
    out the series that hold good events, as after a start in the middle of an outage.
    """
    mixture = _mixture(targets, slo, slower)
    if nothing_good:
        mixture = replace(mixture, slow=NONE)
    found: dict[str, str] = {}
    counted = _counted(slo)
    for labels in counted:
        for instance, part in INSTANCES.items():
            weight = part / len(counted)
            named = {"instance": instance, **labels}
            if not nothing_good:
                found |= _fine(mixture, named, phases, weight)
            found |= _broken(mixture, named, phases, weight)
    calm = [Phase(phase.steps, phase.events) for phase in phases]
    for labels in _uncounted(targets, slo):
        found |= _fine(mixture, labels, calm, ALL)
    return found


def _mixture(targets: Targets, slo: Slo, slower: Decimal | None) -> Mixture:
    target_edge = slo.p95.exact if slo.p95 else None
    edge = slower if slower is not None else target_edge
    broken = BROKEN.get(slo.signal) if slower is None else None
    slow = NONE if edge is None else HALF if broken else ALL
    return Mixture(
        histogram=targets.signal[slo.signal].histogram,
        edge=edge,
        slow=slow,
        fine=FINE.get(slo.signal, {}),
        broken=broken,
    )


def _fine(
    mixture: Mixture, labels: dict[str, str], phases: list[Phase], weight: Decimal
) -> dict[str, str]:
    """Return the events without an error: good ones fast, some bad ones slow."""
    fast = [(p.events * weight * (1 - p.bad), p.steps) for p in phases]
    slow = [(p.events * weight * p.bad * mixture.slow, p.steps) for p in phases]
    every = [(f + s, steps) for (f, steps), (s, _) in zip(fast, slow, strict=True)]
    return dict(_histogram(mixture, mixture.fine | labels, fast, every))


def _broken(
    mixture: Mixture, labels: dict[str, str], phases: list[Phase], weight: Decimal
) -> dict[str, str]:
    """Return the events that failed fast."""
    if mixture.broken is None:
        return {}
    share = weight * (1 - mixture.slow)
    failed = [(p.events * share * p.bad, p.steps) for p in phases]
    return dict(_histogram(mixture, mixture.broken | labels, failed, failed))


def _histogram(
    mixture: Mixture,
    labels: dict[str, str],
    within: list[tuple[Decimal, int]],
    every: list[tuple[Decimal, int]],
) -> Iterator[tuple[str, str]]:
    yield _named(f"{mixture.histogram}_count", labels), counter(every)
    if mixture.edge is None:
        return
    for edge, phases in ((mixture.edge, within), (Decimal("Inf"), every)):
        labelled = {**labels, "le": edge_text(edge)}
        yield _named(f"{mixture.histogram}_bucket", labelled), counter(phases)


def _counted(slo: Slo) -> list[dict[str, str]]:
    if slo.signal == "http":
        return [_route(entry) for entry in slo.only or ROUTES]
    if slo.signal == "db":
        return [{"class": name} for name in slo.only]
    if slo.signal == "job":
        return [{"actor": "roll-up"}, {"actor": "welcome"}]
    return [{"queue": "default"}, {"queue": "slow"}]


def _uncounted(targets: Targets, slo: Slo) -> list[dict[str, str]]:
    if slo.signal == "http":
        asked = _route((slo.only or ROUTES)[0])
        health = {**asked, "route": "/health/ready"}
        return [health, {**asked, "method": "DELETE"}] if slo.only else [health]
    if slo.signal == "job":
        return [{"actor": "roll-up", "outcome": "retried"}]
    by = targets.signal[slo.signal].by
    others = {name for one in targets.slo.values() for name in one.only}
    known = others if slo.signal == "db" else set()
    return [{by: name} for name in sorted(known - set(slo.only)) if " " not in name]


def _route(entry: str) -> dict[str, str]:
    method, _, route = entry.partition(" ")
    return {"method": method, "route": route}


def _named(metric: str, labels: dict[str, str]) -> str:
    listed = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{metric}{{{listed}}}"
