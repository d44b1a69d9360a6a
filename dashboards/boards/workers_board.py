"""Is work late, is it done, and who does it?"""

from typing import Final

from dashboards.boards.panels import (
    COUNT,
    OPERATIONS,
    SECONDS,
    SHARE,
    Board,
    Panel,
    Query,
    Row,
    State,
    promised_line,
    size_unit,
)
from dashboards.boards.variables import QUEUE, WORKER_INSTANCE
from targets import Targets

ATTEMPTS: Final = "holdfast_job_duration_seconds"
WAIT: Final = "holdfast_job_wait_seconds"
HERE: Final = 'job="worker",instance=~"$instance"'


def workers_board(promised: Targets) -> Board:
    """What waits before what runs, before who runs it."""
    return Board(
        uid="holdfast-workers",
        title="Holdfast / Workers and queues",
        description="Is work late, is it done, and who does it?",
        variables=(WORKER_INSTANCE, QUEUE),
        rows=(
            Row(title="Is work late?", panels=(*_now(promised), *_waiting(promised))),
            Row(title="Is work done?", panels=_doing(promised)),
            Row(title="Who does it?", panels=_doers(promised)),
        ),
    )


def _now(promised: Targets) -> tuple[Panel, ...]:
    return (
        Panel(
            title="Oldest due job",
            description="How long the job that waits longest has been due.",
            runbook="queue-backlog",
            kind="stat",
            unit=SECONDS,
            line=promised_line(promised, "limit.queue-age"),
            queries=(Query(expr="max(holdfast_job_oldest_seconds)", legend="oldest"),),
            width=6,
            height=5,
        ),
        Panel(
            title="Jobs due",
            description="Committed work that nobody has claimed yet. Growing without"
            " end: too few workers, or none that answers.",
            runbook="queue-backlog",
            kind="stat",
            unit=COUNT,
            queries=(Query(expr="sum(holdfast_jobs_waiting)", legend="due"),),
            width=6,
            height=5,
        ),
        Panel(
            title="Not yet told to the broker",
            description="Due jobs of the outbox that the relay has not published. More"
            " than a blink: the relay or the broker is away; nothing is lost.",
            runbook="broker-down",
            kind="stat",
            unit=COUNT,
            queries=(
                Query(
                    expr='max(holdfast_outbox_unpublished{job="relay"})',
                    legend="unpublished",
                ),
            ),
            width=6,
            height=5,
        ),
        Panel(
            title="Workers that answer",
            description="Fewer than were started: work is late, not lost; another"
            " worker takes over what the lost one had claimed.",
            runbook="worker-down",
            kind="stat",
            unit=COUNT,
            queries=(Query(expr='sum(up{job="worker"})', legend="up"),),
            width=6,
            height=5,
        ),
    )


def _waiting(promised: Targets) -> tuple[Panel, ...]:
    chosen = '{queue=~"$queue"}'
    return (
        Panel(
            title="Age of the oldest due job",
            description="By queue. A line that climbs second by second is a queue that"
            " nobody serves.",
            runbook="queue-backlog",
            unit=SECONDS,
            line=promised_line(promised, "limit.queue-age"),
            queries=(
                Query(
                    expr=f"max by (queue) (holdfast_job_oldest_seconds{chosen})",
                    legend="{{queue}}",
                ),
            ),
            width=8,
        ),
        Panel(
            title="Wait before a worker claims",
            description="p95 from due to claimed, by queue. It grows with the queue;"
            " alone it means that hints are lost and the sweep finds the jobs.",
            runbook="queue-backlog",
            unit=SECONDS,
            line=promised_line(promised, "slo.job-wait"),
            queries=(
                Query(
                    expr="histogram_quantile(0.95, sum by (le, queue) (rate("
                    f"{WAIT}_bucket{chosen}[$__rate_interval])))",
                    legend="{{queue}}",
                ),
            ),
            width=8,
        ),
        Panel(
            title="Due and unpublished jobs",
            description="Depth of each queue, and the part of it that the broker does"
            " not know of. Both up: the relay; only depth: the workers.",
            runbook="queue-backlog",
            unit=COUNT,
            queries=(
                Query(
                    expr=f"sum by (queue) (holdfast_jobs_waiting{chosen})",
                    legend="due {{queue}}",
                ),
                Query(
                    expr='max(holdfast_outbox_unpublished{job="relay"})',
                    legend="unpublished",
                ),
            ),
            width=8,
        ),
    )


def _doing(promised: Targets) -> tuple[Panel, ...]:
    done = f'{ATTEMPTS}_count{{{HERE},outcome="done"}}'
    failed = f'{ATTEMPTS}_count{{{HERE},outcome!="done"}}'
    bucket = f"rate({ATTEMPTS}_bucket{{{HERE}}}[$__rate_interval])"
    return (
        Panel(
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
        ),
        Panel(
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
        ),
        Panel(
            title="Retried and dead",
            description="Attempts that failed, in five minutes. A retry heals by"
            " itself; a dead letter waits for a person: ./task dead. Empty is what it"
            " should be.",
            runbook="queue-backlog",
            unit=COUNT,
            queries=(
                Query(
                    expr=f"sum by (actor, outcome) (increase({failed}[5m]))",
                    legend="{{actor}} {{outcome}}",
                ),
            ),
            width=8,
        ),
    )


def _doers(promised: Targets) -> tuple[Panel, ...]:
    return (
        Panel(
            title="Who is up",
            description="Programs that move work, and the broker's Redis. Without the"
            " broker or the relay the sweep still finds every job, late.",
            runbook="worker-down",
            kind="statetimeline",
            unit=COUNT,
            states={
                0: State(name="down", color="red"),
                1: State(name="up", color="green"),
            },
            queries=(
                Query(expr='up{job=~"worker|relay|scheduler"}', legend="{{instance}}"),
                Query(expr="redis_up", legend="{{instance}}"),
            ),
            width=8,
        ),
        Panel(
            title="Memory of a worker",
            description="Resident memory. A slope that does not end is a leak.",
            runbook="memory-high",
            unit=size_unit(promised, "limit.worker-memory"),
            line=promised_line(promised, "limit.worker-memory"),
            queries=(
                Query(
                    expr=f"process_resident_memory_bytes{{{HERE}}}",
                    legend="{{instance}}",
                ),
            ),
            width=8,
        ),
        Panel(
            title="Processor of a worker",
            description="Share of one core; its threads cannot use more. Near the whole"
            " core with a growing queue: start another worker.",
            runbook="queue-backlog",
            unit=SHARE,
            queries=(
                Query(
                    expr=f"rate(process_cpu_seconds_total{{{HERE}}}[$__rate_interval])",
                    legend="{{instance}}",
                ),
            ),
            width=8,
        ),
    )
