"""Which events an objective is about, and which of them are good, in PromQL."""

from collections import defaultdict
from typing import Final

from prometheus_client.utils import floatToGoString

from targets import Targets
from targets.families import Slo

PUBLIC: Final = 'route=~"/api/v1/.+"'
"""Health pages and unknown paths spend no budget."""
UNBROKEN: Final = {"http": 'status!~"5.."', "db": ""}
"""What a good event must be besides fast; signals that are not here have no rules."""


def judged(promised: Targets) -> dict[str, Slo]:
    """The objectives that get rules: measurable today, one for each kind of event.

    Availability counts the same events as errors, so it needs no second budget.
    """
    kinds: set[tuple[object, ...]] = set()
    found: dict[str, Slo] = {}
    for name, slo in promised.slo.items():
        kind = (slo.signal, slo.only, slo.p95)
        comes_later = any(proof.startswith("later:") for proof in slo.proof)
        if slo.signal in UNBROKEN and not comes_later and kind not in kinds:
            kinds.add(kind)
            found[name] = slo
    return found


def total_rate(promised: Targets, slo: Slo, window: str) -> str:
    """Events a second."""
    metric = promised.signal[slo.signal].histogram + "_count"
    return _rate(metric, _selections(promised, slo), window)


def good_rate(promised: Targets, slo: Slo, window: str) -> str:
    """Good events a second; zero, not absent, while every event is bad."""
    histogram = promised.signal[slo.signal].histogram
    unbroken = UNBROKEN[slo.signal]
    if slo.p95 is None:
        good = _rate(f"{histogram}_count", _selections(promised, slo, unbroken), window)
    else:
        edge = _within(slo.p95.seconds)
        selections = _selections(promised, slo, unbroken, edge)
        good = _rate(f"{histogram}_bucket", selections, window)
    return f"{good} or 0 * {total_rate(promised, slo, window)}"


def slower_ratio(promised: Targets, slo: Slo, seconds: float, window: str) -> str:
    """The share of an objective's events that took longer than `seconds`."""
    histogram = promised.signal[slo.signal].histogram
    edge = _within(seconds)
    within = _rate(f"{histogram}_bucket", _selections(promised, slo, edge), window)
    return f"1 - {within} / {total_rate(promised, slo, window)}"


def _within(seconds: float) -> str:
    """The bucket up to an edge, printed as the client prints it."""
    edge = floatToGoString(seconds)  # type: ignore[no-untyped-call]  # it has no types
    return f'le="{edge}"'


def _rate(metric: str, selections: list[str], window: str) -> str:
    rates = [f"rate({metric}{{{selection}}}[{window}])" for selection in selections]
    return f"sum({' or '.join(rates)})"


def _selections(promised: Targets, slo: Slo, *more: str) -> list[str]:
    """Label matchers that together choose the events: one per method for routes."""
    by = promised.signal[slo.signal].by
    if not slo.only:
        chosen = [PUBLIC] if slo.signal == "http" else [f'{by}=~".+"']
    elif slo.signal == "http":
        chosen = _by_method(slo.only)
    else:
        chosen = [f'{by}=~"{"|".join(slo.only)}"']
    extra = [matcher for matcher in more if matcher]
    return [",".join([choice, *extra]) for choice in chosen]


def _by_method(only: tuple[str, ...]) -> list[str]:
    routes: dict[str, list[str]] = defaultdict(list)
    for entry in only:
        method, _, route = entry.partition(" ")
        routes[method].append(route)
    return [
        f'method="{method}",route=~"{"|".join(listed)}"'
        for method, listed in routes.items()
    ]
