"""Workers: which programs are up, their memory and CPU."""

from dashboards.boards.panels import (
    COUNT,
    SHARE,
    Panel,
    Query,
    Row,
    State,
    size_unit,
    target_line,
)
from dashboards.boards.series import WORKER_PROCESSES
from targets import Targets


def workers_row(targets: Targets) -> Row:
    return Row(
        title="Workers",
        panels=(
            _up(),
            _memory(targets),
            _processor(),
        ),
    )


def _up() -> Panel:
    return Panel(
        title="Programs up",
        description="The programs that move jobs, and the broker's Redis. Without"
        " the broker or the relay the sweep still finds every job, late.",
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
    )


def _memory(targets: Targets) -> Panel:
    return Panel(
        title="Worker memory",
        description="Resident memory. A steady climb is a leak.",
        runbook="memory-high",
        unit=size_unit(targets, "limit.worker-memory"),
        line=target_line(targets, "limit.worker-memory"),
        queries=(
            Query(
                expr=f"process_resident_memory_bytes{{{WORKER_PROCESSES}}}",
                legend="{{instance}}",
            ),
        ),
        width=8,
    )


def _processor() -> Panel:
    return Panel(
        title="Worker CPU",
        description="Share of one core, the most that one worker can use. Near one"
        " core with a growing queue: start another worker.",
        runbook="queue-backlog",
        unit=SHARE,
        queries=(
            Query(
                expr=f"rate(process_cpu_seconds_total{{{WORKER_PROCESSES}}}[$__rate_interval])",
                legend="{{instance}}",
            ),
        ),
        width=8,
    )
