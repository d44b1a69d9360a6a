"""From every alert to its trials: what sets it off, predicted to the step."""

from collections.abc import Iterator

from dashboards.naming import BAD, GOOD, TOTAL
from dashboards.proof.rules.cases import Case, Trial
from dashboards.proof.rules.levels import level_cases
from dashboards.proof.rules.records import record_trials
from dashboards.proof.rules.shares import share_cases
from dashboards.rules.files import watches
from dashboards.rules.model import Alert, Record
from dashboards.rules.recording import recording_groups
from dashboards.rules.watching import Cause, Level, Share, Watch
from targets import Targets


def trials(promised: Targets, *, left_open: bool) -> Iterator[Trial]:
    """One for every alert rule and each thing that sets it off, and for the records.

    `left_open` says how the Prometheus that is asked reads a window.
    """
    records = [
        rule
        for group in recording_groups(promised)
        for rule in group.rules
        if isinstance(rule, Record)
    ]
    yield from record_trials(promised)
    for number, watch in enumerate(watches(promised)):
        for which, cause in enumerate(watch.causes):
            yield Trial(
                name=f"{number:03}-{which}-{watch.alert.alert}",
                alert=watch.alert,
                rules=(*_needed(records, watch, cause), watch.alert),
                cases=tuple(_cases(promised, watch.alert, cause, left_open=left_open)),
            )


def _cases(
    promised: Targets, alert: Alert, cause: Cause, *, left_open: bool
) -> Iterator[Case]:
    if isinstance(cause, Level):
        return level_cases(alert, cause)
    return share_cases(promised, alert, cause, left_open=left_open)


def _needed(records: list[Record], watch: Watch, cause: Cause) -> list[Record]:
    """The records that an alert reads about one objective."""
    if not isinstance(cause, Share) or BAD not in watch.alert.expr:
        return []
    windows = {cause.long.text, cause.short.text}
    return [
        record
        for record in records
        if record.record in {GOOD, TOTAL, BAD}
        and record.labels["window"] in windows
        and record.labels.get("slo", cause.slo) == cause.slo
    ]
