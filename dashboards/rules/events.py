"""The events of an SLO and its good events, in PromQL."""

from collections import defaultdict
from decimal import Decimal
from typing import Final

from prometheus_client.utils import floatToGoString

from dashboards.naming import exact
from targets import Targets
from targets.families import Slo

PUBLIC: Final = 'route=~"/api/v1/.+"'
"""Health pages and unknown paths use no error budget."""
EVERYTHING: Final = {
    "http": PUBLIC,
    "db": "",
    "job": 'outcome!="retried"',
    "wait": "",
}
"""The events of an SLO without `only`; a signal that is missing here has no rules."""
UNBROKEN: Final = {
    "http": 'status!~"5.."',
    "db": "",
    "job": 'outcome!="dead"',
    "wait": "",
}
"""The condition for a good event besides its duration."""


def slos_with_rules(targets: Targets) -> dict[str, Slo]:
    """Return the SLOs that get rules: measurable today, one for each kind of event.

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
    """Return the exact share of events that may be bad."""
    return exact(slo.bad_share)


def total_rate(targets: Targets, slo: Slo, window: str) -> str:
    """Return the query of events a second."""
    metric = targets.signal[slo.signal].histogram + "_count"
    return _rate(metric, selections(targets, slo), window)


def good_rate(targets: Targets, slo: Slo, window: str) -> str:
    """Return the query of good events a second; it is zero while every event is bad."""
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
    """Return the query of the share of an SLO's events slower than `seconds`."""
    histogram = targets.signal[slo.signal].histogram
    edge = f'le="{edge_text(seconds)}"'
    within = _rate(f"{histogram}_bucket", selections(targets, slo, edge), window)
    return f"1 - {within} / {total_rate(targets, slo, window)}"


def edge_text(seconds: Decimal) -> str:
    """Return the edge of a bucket in the text form of the Prometheus client."""
    return str(floatToGoString(float(seconds)))  # type: ignore[no-untyped-call]  # it has no types


def selections(targets: Targets, slo: Slo, *more: str) -> list[str]:
    """Return the label matchers that select the events: one per method for routes."""
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
