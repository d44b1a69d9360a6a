"""Is work late? The numbers of this moment, then how they came about."""

from dashboards.boards.panels import COUNT, SECONDS, Panel, Query, Row, target_line
from dashboards.boards.series import JOB_WAIT
from targets import Targets


def queue_row(targets: Targets) -> Row:
    return Row(
        title="Is work late?",
        panels=(
            _oldest_now(targets),
            _due_now(),
            _unpublished_now(),
            _workers_now(),
            _oldest(targets),
            _wait(targets),
            _depth(),
        ),
    )


def _oldest_now(targets: Targets) -> Panel:
    return Panel(
        title="Oldest due job",
        description="How long the job that waits longest has been due.",
        runbook="queue-backlog",
        kind="stat",
        unit=SECONDS,
        line=target_line(targets, "limit.queue-age"),
        queries=(Query(expr="max(holdfast_job_oldest_seconds)", legend="oldest"),),
        width=6,
        height=5,
    )


def _due_now() -> Panel:
    return Panel(
        title="Jobs due",
        description="Committed work that nobody has claimed yet. Growing without"
        " end: too few workers, or none that answers.",
        runbook="queue-backlog",
        kind="stat",
        unit=COUNT,
        queries=(Query(expr="sum(holdfast_jobs_waiting)", legend="due"),),
        width=6,
        height=5,
    )


def _unpublished_now() -> Panel:
    return Panel(
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
    )


def _workers_now() -> Panel:
    return Panel(
        title="Workers that answer",
        description="Fewer than were started: work is late, not lost; another"
        " worker takes over what the lost one had claimed.",
        runbook="worker-down",
        kind="stat",
        unit=COUNT,
        queries=(Query(expr='sum(up{job="worker"})', legend="up"),),
        width=6,
        height=5,
    )


def _oldest(targets: Targets) -> Panel:
    chosen = '{queue=~"$queue"}'
    return Panel(
        title="Age of the oldest due job",
        description="By queue. A line that climbs second by second is a queue that"
        " nobody serves.",
        runbook="queue-backlog",
        unit=SECONDS,
        line=target_line(targets, "limit.queue-age"),
        queries=(
            Query(
                expr=f"max by (queue) (holdfast_job_oldest_seconds{chosen})",
                legend="{{queue}}",
            ),
        ),
        width=8,
    )


def _wait(targets: Targets) -> Panel:
    chosen = '{queue=~"$queue"}'
    return Panel(
        title="Wait before a worker claims",
        description="p95 from due to claimed, by queue. It grows with the queue;"
        " alone it means that hints are lost and the sweep finds the jobs.",
        runbook="queue-backlog",
        unit=SECONDS,
        line=target_line(targets, "slo.job-wait"),
        queries=(
            Query(
                expr="histogram_quantile(0.95, sum by (le, queue) (rate("
                f"{JOB_WAIT}_bucket{chosen}[$__rate_interval])))",
                legend="{{queue}}",
            ),
        ),
        width=8,
    )


def _depth() -> Panel:
    chosen = '{queue=~"$queue"}'
    return Panel(
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
    )
