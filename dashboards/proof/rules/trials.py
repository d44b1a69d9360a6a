"""The trials of every alert: one for each cause, predicted to the step."""

from collections.abc import Iterator

from dashboards.naming import BAD, GOOD, TOTAL
from dashboards.proof.rules.cases import Case, Trial
from dashboards.proof.rules.levels import level_cases
from dashboards.proof.rules.records import record_trials
from dashboards.proof.rules.shares import share_cases
from dashboards.rules.files import all_alerts
from dashboards.rules.model import Alert, AlertRule, Cause, Level, Record, Share
from dashboards.rules.recording import recording_groups
from targets import Targets


def trials(targets: Targets, *, left_open: bool) -> Iterator[Trial]:
    """Yield one trial for every alert and cause, and those of the records.

    `left_open` tells whether the Prometheus excludes the start of a window.
    """
    records = [
        rule
        for group in recording_groups(targets)
        for rule in group.rules
        if isinstance(rule, Record)
    ]
    yield from record_trials(targets)
    for number, alert_rule in enumerate(all_alerts(targets)):
        for which, cause in enumerate(alert_rule.causes):
            yield Trial(
                name=f"{number:03}-{which}-{alert_rule.alert.alert}",
                alert=alert_rule.alert,
                rules=(*_needed(records, alert_rule, cause), alert_rule.alert),
                cases=tuple(
                    _cases(targets, alert_rule.alert, cause, left_open=left_open)
                ),
            )


def _cases(
    targets: Targets, alert: Alert, cause: Cause, *, left_open: bool
) -> Iterator[Case]:
    if isinstance(cause, Level):
        return level_cases(alert, cause)
    return share_cases(targets, alert, cause, left_open=left_open)


def _needed(records: list[Record], alert_rule: AlertRule, cause: Cause) -> list[Record]:
    """Return the records that an alert reads about one SLO."""
    if not isinstance(cause, Share) or BAD not in alert_rule.alert.expr:
        return []
    windows = {cause.long.text, cause.short.text}
    return [
        record
        for record in records
        if record.record in {GOOD, TOTAL, BAD}
        and record.labels["window"] in windows
        and record.labels.get("slo", cause.slo) == cause.slo
    ]
