"""The highest memory of each part, sampled between the steps of the run."""

from typing import Any

from exchange.outcomes import Measurement
from targets import Targets
from verify.checks.judging import cannot_measure, measure
from verify.evidence import Evidence
from verify.stage import Status

_PARTS = {"api": "limit.api-memory", "worker": "limit.worker-memory"}
_WHOLE = "limit.platform-memory"


def check_memory(evidence: Evidence) -> list[Measurement]:
    """Judge the largest API instance, the largest worker, and the largest total.

    Raises PlatformNotReady when the platform does not answer now.
    """
    samples = [*evidence.samples, evidence.stage.read_status()]
    found = [
        _measure_largest(evidence, samples, kind, full_id)
        for kind, full_id in _PARTS.items()
    ]
    return [*found, _measure_whole(evidence.targets, samples)]


def _measure_largest(
    evidence: Evidence, samples: list[Status], kind: str, full_id: str
) -> Measurement:
    names = evidence.processes(kind)
    seen = [
        (rss, name)
        for sample in samples
        for name, facts in sample.processes.items()
        if name in names and (rss := _read_rss(facts)) > 0
    ]
    if not seen:
        why = f"no process of kind {kind} says how much it uses"
        return cannot_measure(evidence.targets, full_id, why)
    largest, name = max(seen)
    detail = f"{name}, the largest of {len(names)}, most of {len(samples)} looks"
    return measure(evidence.targets, full_id, largest, detail, samples=len(seen))


def _measure_whole(targets: Targets, samples: list[Status]) -> Measurement:
    sums = [sum(map(_read_share, sample.processes.values())) for sample in samples]
    silent = {
        name
        for name, facts in samples[-1].processes.items()
        if facts.get("state") == "running" and _read_rss(facts) <= 0
    }
    if silent:
        why = f"{', '.join(sorted(silent))} did not say how much they use"
        return cannot_measure(targets, _WHOLE, why)
    detail = f"{len(samples[-1].processes)} programs, most of {len(samples)} looks"
    return measure(targets, _WHOLE, max(sums), detail, samples=len(sums))


def _read_share(facts: dict[str, Any]) -> int:
    """Return proportional memory, which counts shared pages once over all processes."""
    return int(facts.get("pss_bytes") or _read_rss(facts))


def _read_rss(facts: dict[str, Any]) -> int:
    return int(facts.get("rss_bytes") or 0)
