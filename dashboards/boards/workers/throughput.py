"""Throughput of jobs, duration of attempts, failed attempts."""

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
    return Row(
        title="Throughput",
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
        description="Jobs a second, by actor. Flat while the queue grows: the"
        " workers are at their limit, or wait for the database.",
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
        title="Attempt duration",
        description="p95 by actor and outcome. One slow actor points at its own"
        " code or query; all slow actors point at the database.",
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
        description="Failed attempts in five minutes. A retry needs no action; a"
        " dead job needs a person: ./task dead. It should be empty.",
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
