"""Is work done, how long does it take, and what failed?"""

from dashboards.boards.panels import (
    COUNT,
    OPERATIONS,
    SECONDS,
    Panel,
    Query,
    Row,
    target_line,
)
from dashboards.boards.series import JOB_DURATION, WORKER_PROCESSES, gained
from targets import Targets


def throughput_row(targets: Targets) -> Row:
    """Is work done, how long does it take, and what failed?."""
    return Row(
        title="Is work done?",
        panels=(
            _done(),
            _durations(targets),
            _failed(),
        ),
    )


def _done() -> Panel:
    done = f'{JOB_DURATION}_count{{{WORKER_PROCESSES},outcome="done"}}'
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


def _durations(targets: Targets) -> Panel:
    bucket = f"rate({JOB_DURATION}_bucket{{{WORKER_PROCESSES}}}[$__rate_interval])"
    return Panel(
        title="How long an attempt takes",
        description="p95 by actor and outcome. One actor alone is its own code or"
        " its query; all of them are the database.",
        runbook="database-slow",
        unit=SECONDS,
        line=target_line(targets, "slo.task"),
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
    failed = f'{JOB_DURATION}_count{{{WORKER_PROCESSES},outcome!="done"}}'
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
