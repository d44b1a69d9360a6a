"""The queue: current numbers, then their course."""

from dashboards.boards.panels import COUNT, SECONDS, Panel, Query, Row, target_line
from dashboards.boards.series import JOB_WAIT
from targets import Targets


def queue_row(targets: Targets) -> Row:
    return Row(
        title="Queue",
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
        description="How long the oldest due job has waited.",
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
        description="Committed jobs that no worker has claimed. Steady growth means"
        " too few workers, or none that runs.",
        runbook="queue-backlog",
        kind="stat",
        unit=COUNT,
        queries=(Query(expr="sum(holdfast_jobs_waiting)", legend="due"),),
        width=6,
        height=5,
    )


def _unpublished_now() -> Panel:
    return Panel(
        title="Unpublished jobs",
        description="Due jobs in the outbox that the relay has not published. If it"
        " stays above zero, the relay or the broker is down; no job is"
        " lost.",
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
        title="Workers up",
        description="Fewer than were started: jobs are late, not lost. Another"
        " worker takes over what a lost one had claimed.",
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
        description="By queue. A line that climbs by a second a second is a queue"
        " without a worker.",
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
        title="Job wait before a claim",
        description="p95 from due to claimed, by queue. It grows with the queue. If"
        " it grows alone, notifications are lost and the sweep finds the"
        " jobs.",
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
        description="Depth of each queue, and the part that the broker does not"
        " have yet. If both grow, check the relay; if only the depth"
        " grows, check the workers.",
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
