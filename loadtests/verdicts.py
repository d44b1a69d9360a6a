"""Measurements per target, computed from the statistics of a run."""

from collections.abc import Iterable

from exchange.outcomes import Measurement
from loadtests.stats import Stats
from targets import Targets
from targets.families import Slo
from targets.verdict import Verdict, judge_share, wilson


def judged_slos(targets: Targets, suite: str) -> dict[str, Slo]:
    """Return the HTTP objectives that `suite` proves, by full id."""
    return {
        f"slo.{name}": slo
        for name, slo in targets.slo.items()
        if slo.signal == "http" and f"load:{suite}" in slo.proof
    }


def edges_of(slos: Iterable[Slo]) -> tuple[float, ...]:
    """Return the latency bounds of the objectives in seconds, ascending."""
    return tuple(sorted({slo.p95.seconds for slo in slos if slo.p95}))


def routes_of(slo: Slo, stats: Stats) -> tuple[str, ...]:
    """Return the routes of the run that the objective covers: its own, or all."""
    return tuple(r for r in stats.routes if not slo.only or r in slo.only)


def count_bad(slo: Slo, stats: Stats) -> tuple[int, int]:
    """Return bad and total requests: failed, or slower from their intended start."""
    routes = [stats.routes[name] for name in routes_of(slo, stats)]
    total = sum(route.answers for route in routes)
    if slo.p95 is None:
        return sum(route.failures for route in routes), total
    return sum(route.bad[slo.p95.seconds] for route in routes), total


def measure(  # noqa: PLR0913 - objective, statistics and the servers' figure
    name: str, slo: Slo, stats: Stats, *, source: str, valid: bool, beside: str
) -> Measurement:
    """Judge one objective; `beside` is the servers' own figure, printed with it."""
    bad, total = count_bad(slo, stats)
    verdict = judge_share(bad, total, allowed=slo.bad_share)
    return Measurement(
        target=name,
        value=value_of(slo, stats, bad, total),
        unit=slo.unit,
        verdict=verdict if valid else Verdict.INVALID,
        detail=describe(slo, bad, total, verdict, beside),
        samples=total,
        source=source,
    )


def value_of(slo: Slo, stats: Stats, bad: int, total: int) -> float | None:
    """Return the p95 from the intended start in seconds, or the share of successes."""
    if not total:
        return None
    if slo.p95 is None:
        return 1 - bad / total
    return stats.over(routes_of(slo, stats)).percentile(95)


def describe(slo: Slo, bad: int, total: int, verdict: Verdict, beside: str) -> str:
    if not total:
        return "no such request was sent"
    low, high = wilson(bad, total)
    slow = f"failed or slower than {slo.p95.text}" if slo.p95 else "failed"
    parts = [
        f"{bad} of {total} {slow}: {low:.2%} to {high:.2%}, {slo.bad_share:.2%} allowed"
    ]
    if verdict is Verdict.NOT_MEASURED:
        parts.append("too few to decide: run longer")
    return "; ".join([*parts, beside] if beside else parts)
