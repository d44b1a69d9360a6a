"""From a tally to one measurement per target."""

from collections.abc import Iterable

from exchange.outcomes import Measurement
from loadtests.tally import Tally
from targets import Targets
from targets.families import Slo
from targets.verdict import Verdict, judge_share, wilson


def judged_slos(targets: Targets, suite: str) -> dict[str, Slo]:
    """The promises about requests that `suite` can prove, by full id."""
    return {
        f"slo.{name}": slo
        for name, slo in targets.slo.items()
        if slo.signal == "http" and f"load:{suite}" in slo.proof
    }


def edges_of(slos: Iterable[Slo]) -> tuple[float, ...]:
    """Every latency that one of them promises, in seconds, ascending."""
    return tuple(sorted({slo.p95.seconds for slo in slos if slo.p95}))


def routes_of(slo: Slo, tally: Tally) -> tuple[str, ...]:
    """The routes of the run that the promise speaks about: its own, or all."""
    return tuple(r for r in tally.routes if not slo.only or r in slo.only)


def count_bad(slo: Slo, tally: Tally) -> tuple[int, int]:
    """Bad and total requests: failed, or slower than promised from their intent."""
    routes = [tally.routes[name] for name in routes_of(slo, tally)]
    total = sum(route.answers for route in routes)
    if slo.p95 is None:
        return sum(route.failures for route in routes), total
    return sum(route.bad[slo.p95.seconds] for route in routes), total


def measure(  # noqa: PLR0913 - what is judged, on what, and what stands beside it
    name: str, slo: Slo, tally: Tally, *, source: str, valid: bool, beside: str
) -> Measurement:
    """Judge one promise; `beside` is the other witness's word, printed with it."""
    bad, total = count_bad(slo, tally)
    verdict = judge_share(bad, total, allowed=slo.bad_share)
    return Measurement(
        target=name,
        value=value_of(slo, tally, bad, total),
        unit=slo.unit,
        verdict=verdict if valid else Verdict.INVALID,
        detail=describe(slo, bad, total, verdict, beside),
        samples=total,
        source=source,
    )


def value_of(slo: Slo, tally: Tally, bad: int, total: int) -> float | None:
    """The p95 in seconds from the intended start, or the share of good answers."""
    if not total:
        return None
    if slo.p95 is None:
        return 1 - bad / total
    return tally.over(routes_of(slo, tally)).percentile(95)


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
