"""Is work done, how long does it take, and what failed?"""

from dashboards.boards.counting import gained
from dashboards.boards.panels import (
    COUNT,
    OPERATIONS,
    SECONDS,
    Panel,
    Query,
    Row,
    promised_line,
)
from dashboards.boards.workers.series import ATTEMPTS, HERE
from targets import Targets


def doing_row(promised: Targets) -> Row:
    """Is work done, how long does it take, and what failed?."""
    return Row(
        title="Is work done?",
        panels=(
            _done(),
            _durations(promised),
            _failed(),
        ),
    )


def _done() -> Panel:
    done = f'{ATTEMPTS}_count{{{HERE},outcome="done"}}'
    return Panel(
        title="Jobs done",
        description="A second, by actor. Flat while the queue grows: the workers"
        " are at their limit, or wait for the database.",
        runbook="queue-backlog",
        unit=OPERATIONS,
        stacked=True,
        queries=(
            Query(
                expr=f"sum by (actor) (rate({done}[$__rate_interval]))",
                legend="{{actor}}",
            ),
        ),
        width=8,
    )


def _durations(promised: Targets) -> Panel:
    bucket = f"rate({ATTEMPTS}_bucket{{{HERE}}}[$__rate_interval])"
    return Panel(
        title="How long an attempt takes",
        description="p95 by actor and outcome. One actor alone is its own code or"
        " its query; all of them are the database.",
        runbook="database-slow",
        unit=SECONDS,
        line=promised_line(promised, "slo.task"),
        queries=(
            Query(
                expr="histogram_quantile(0.95,"
                f" sum by (le, actor, outcome) ({bucket}))",
                legend="{{actor}} {{outcome}}",
            ),
        ),
        width=8,
    )


def _failed() -> Panel:
    failed = f'{ATTEMPTS}_count{{{HERE},outcome!="done"}}'
    return Panel(
        title="Retried and dead",
        description="Attempts that failed, in five minutes. A retry heals by"
        " itself; a dead letter waits for a person: ./task dead. Empty is what it"
        " should be.",
        runbook="queue-backlog",
        unit=COUNT,
        queries=(
            Query(
                expr=gained(failed, by="actor, outcome"),
                legend="{{actor}} {{outcome}}",
            ),
        ),
        width=8,
    )
