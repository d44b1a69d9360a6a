"""Which events an objective is about, and which of them are good, in PromQL."""

from collections import defaultdict
from decimal import Decimal
from typing import Final

from prometheus_client.utils import floatToGoString

from dashboards.naming import exact
from targets import Targets
from targets.families import Slo

PUBLIC: Final = 'route=~"/api/v1/.+"'
"""Health pages and unknown paths spend no budget."""
EVERYTHING: Final = {
    "http": PUBLIC,
    "db": "",
    "job": 'outcome!="retried"',
    "wait": "",
}
"""What an objective without `only` counts; a signal that is not here has no rules."""
UNBROKEN: Final = {
    "http": 'status!~"5.."',
    "db": "",
    "job": 'outcome!="dead"',
    "wait": "",
}
"""What a good event must be besides fast."""


def slos_with_rules(targets: Targets) -> dict[str, Slo]:
    """The objectives that get rules: measurable today, one for each kind of event.

    Availability counts the same events as errors, so it needs no second budget. The
    events that an objective of a later capability names do not happen yet.
    """
    kinds: set[tuple[object, ...]] = set()
    found: dict[str, Slo] = {}
    for name, slo in targets.slo.items():
        kind = (slo.signal, slo.only, slo.p95)
        comes_later = any(proof.startswith("later:") for proof in slo.proof)
        happens = slo.signal in EVERYTHING and not (comes_later and slo.only)
        if happens and kind not in kinds:
            kinds.add(kind)
            found[name] = slo
    return found


def allowed_share(slo: Slo) -> Decimal:
    """The share of events that may be bad, exactly."""
    return exact(slo.bad_share)


def total_rate(targets: Targets, slo: Slo, window: str) -> str:
    """Events a second."""
    metric = targets.signal[slo.signal].histogram + "_count"
    return _rate(metric, selections(targets, slo), window)


def good_rate(targets: Targets, slo: Slo, window: str) -> str:
    """Good events a second; zero, not absent, while every event is bad."""
    histogram = targets.signal[slo.signal].histogram
    unbroken = UNBROKEN[slo.signal]
    if slo.p95 is None:
        good = _rate(f"{histogram}_count", selections(targets, slo, unbroken), window)
    else:
        edge = f'le="{edge_text(slo.p95.exact)}"'
        chosen = selections(targets, slo, unbroken, edge)
        good = _rate(f"{histogram}_bucket", chosen, window)
    return f"{good} or 0 * {total_rate(targets, slo, window)}"


def slower_ratio(targets: Targets, slo: Slo, seconds: Decimal, window: str) -> str:
    """The share of an objective's events that took longer than `seconds`."""
    histogram = targets.signal[slo.signal].histogram
    edge = f'le="{edge_text(seconds)}"'
    within = _rate(f"{histogram}_bucket", selections(targets, slo, edge), window)
    return f"1 - {within} / {total_rate(targets, slo, window)}"


def edge_text(seconds: Decimal) -> str:
    """The edge of a bucket, printed as the client prints it."""
    return str(floatToGoString(float(seconds)))  # type: ignore[no-untyped-call]  # it has no types


def selections(targets: Targets, slo: Slo, *more: str) -> list[str]:
    """Label matchers that together choose the events: one per method for routes."""
    if not slo.only:
        chosen = [EVERYTHING[slo.signal]]
    elif slo.signal == "http":
        chosen = _by_method(slo.only)
    else:
        chosen = [f'{targets.signal[slo.signal].by}=~"{"|".join(slo.only)}"']
    return [
        ",".join(matcher for matcher in (choice, *more) if matcher) for choice in chosen
    ]


def _rate(metric: str, chosen: list[str], window: str) -> str:
    rates = [f"rate({metric}{{{selection}}}[{window}])" for selection in chosen]
    return f"sum({' or '.join(rates)})"


def _by_method(only: tuple[str, ...]) -> list[str]:
    routes: dict[str, list[str]] = defaultdict(list)
    for entry in only:
        method, _, route = entry.partition(" ")
        routes[method].append(route)
    return [
        f'method="{method}",route=~"{"|".join(listed)}"'
        for method, listed in routes.items()
    ]
