"""The start time of the platform, from the command to ready."""

from exchange.outcomes import Measurement
from verify.checks.judging import cannot_measure, measure
from verify.evidence import Evidence

_TARGET = "recovery.platform-start"


def check_start(evidence: Evidence) -> list[Measurement]:
    """Judge the duration of `up`; a platform that already ran is not measured."""
    seconds = evidence.stage.start_seconds
    if seconds is None:
        why = "joined a platform that was already running"
        return [cannot_measure(evidence.targets, _TARGET, why)]
    detail = "from the command until every process is ready"
    return [measure(evidence.targets, _TARGET, seconds, detail)]
