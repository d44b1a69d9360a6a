"""Server-side histograms under load."""

from msgspec.structs import replace

from exchange.outcomes import Measurement
from exchange.scrapes import Histogram, Scrape, label_is, scrape, subtract
from targets import Targets
from targets.families import Slo
from targets.verdict import Verdict, judge_share
from verify.checks.judging import cannot_measure
from verify.evidence import Evidence

_P95 = 0.95
_TARGETS = ("db-simple", "db-complex", "job-wait")


def check_histograms(evidence: Evidence) -> list[Measurement]:
    """Judge the counts of every process between the first load and now.

    Raises httpx.HTTPError, ValueError when a process restarted meanwhile, and
    LookupError when a histogram lacks the edge of its target.
    """
    before = evidence.before_load
    if before is None:
        why = "no load ran before: nothing to count"
        return [
            cannot_measure(evidence.targets, f"slo.{name}", why) for name in _TARGETS
        ]
    after = scrape(evidence.published.metrics_pages())
    found = [_judge(evidence.targets, name, before, after) for name in _TARGETS]
    broken = [
        outcome.source
        for outcome in evidence.outcomes.values()
        if outcome.kind == "load" and outcome.verdict is Verdict.INVALID
    ]
    return [distrust(one, broken[0]) for one in found] if broken else found


def distrust(found: Measurement, load: str) -> Measurement:
    """Make measurements invalid that were taken under an invalid load."""
    if found.verdict is Verdict.NOT_MEASURED:
        return found
    detail = f"{found.detail}, counted while {load} was invalid"
    return replace(found, verdict=Verdict.INVALID, detail=detail)


def _judge(targets: Targets, name: str, before: Scrape, after: Scrape) -> Measurement:
    slo = targets.slo[name]
    counted = _count(targets, slo, before, after)
    if counted.total == 0:
        return cannot_measure(targets, f"slo.{name}", "the server counted none")
    slow = counted.over(slo.value)
    return Measurement(
        target=f"slo.{name}",
        value=counted.quantile(_P95),
        unit=slo.unit,
        verdict=judge_share(slow, counted.total, allowed=slo.bad_share),
        detail=f"{slow:,} of {counted.total:,} over {slo.p95.text if slo.p95 else ''}",
        samples=counted.total,
    )


def _count(targets: Targets, slo: Slo, before: Scrape, after: Scrape) -> Histogram:
    signal = targets.signal[slo.signal]
    return subtract(
        before,
        after,
        histogram=signal.histogram,
        wanted=label_is(signal.by, slo.only),
    )
