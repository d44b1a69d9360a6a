"""The worst values of the queue and replication gauges under load."""

from typing import Final

import httpx

from exchange.outcomes import Measurement
from verify.checks.judging import cannot_measure, measure
from verify.evidence import Evidence
from verify.prometheus import PrometheusSilent, ask

_GAUGES: Final = {
    "limit.replication-lag": "holdfast_replication_lag_seconds",
    "limit.queue-age": "holdfast_job_oldest_seconds",
}


def check_gauges(evidence: Evidence) -> list[Measurement]:
    """Judge the highest sample of each gauge since the first load began.

    A gauge without samples is not measured; it never counts as zero.
    """
    return [_judge(evidence, full_id, name) for full_id, name in _GAUGES.items()]


def _judge(evidence: Evidence, full_id: str, gauge: str) -> Measurement:
    targets, url = evidence.targets, evidence.published.prometheus
    if evidence.load_began is None:
        return cannot_measure(targets, full_id, "no load ran before: nothing to see")
    if url is None:
        return cannot_measure(targets, full_id, "this platform runs no Prometheus")
    window = f"{max(1, round(evidence.seconds_since_load))}s"
    try:
        worst = ask(url, f"max(max_over_time({gauge}[{window}]))")
        samples = ask(url, f"sum(count_over_time({gauge}[{window}]))")
    except (httpx.HTTPError, PrometheusSilent) as silence:
        return cannot_measure(targets, full_id, f"Prometheus: {silence}")
    if worst is None or not samples:
        return cannot_measure(targets, full_id, f"nobody sampled {gauge}")
    detail = f"the worst of {samples:,.0f} samples of {gauge} in {window}"
    return measure(targets, full_id, worst, detail, samples=round(samples))
