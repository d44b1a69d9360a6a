"""Who does the work: the programs, their memory, their processor."""

from dashboards.boards.panels import (
    COUNT,
    SHARE,
    Panel,
    Query,
    Row,
    State,
    promised_line,
    size_unit,
)
from dashboards.boards.workers.series import HERE
from targets import Targets


def doers_row(promised: Targets) -> Row:
    return Row(
        title="Who does it?",
        panels=(
            _up(),
            _memory(promised),
            _processor(),
        ),
    )


def _up() -> Panel:
    return Panel(
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
    )


def _memory(promised: Targets) -> Panel:
    return Panel(
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
    )


def _processor() -> Panel:
    return Panel(
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
    )
