"""A signal that is gone is an outage of the signal, never good news."""

from decimal import Decimal
from typing import Final

from dashboards.naming import number
from dashboards.rules.telling import promised_alert
from dashboards.rules.watching import Level, Watch
from targets import Targets

UP: Final = Decimal(1)
OUTAGE: Final = "api-absent"
ABSENT: Final = "signal-absent"
SIGNALS: Final = {
    "requests": ("api", 'holdfast_http_request_duration_seconds_count{job="api"}'),
    "queries": ("api", 'holdfast_db_query_duration_seconds_count{job="api"}'),
    "pools": ("api", 'holdfast_db_pool_connections{job="api"}'),
    "queue": ("relay", 'holdfast_job_oldest_seconds{job="relay"}'),
    "replication": ("relay", 'holdfast_replication_lag_seconds{job="relay"}'),
    "memory": ("api", 'process_resident_memory_bytes{job="api"}'),
    "members": ("patroni", 'patroni_postgres_running{job="patroni"}'),
    "servers": ("postgres", 'pg_stat_activity_count{job="postgres"}'),
    "stores": ("redis", 'redis_up{job="redis"}'),
    "disks": ("node", 'node_filesystem_avail_bytes{job="node"}'),
    "outside": ("blackbox", 'probe_success{job="blackbox"}'),
}
"""What the other rules read, and the job that exports it."""


def absence_watches(promised: Targets) -> list[Watch]:
    """A page when nobody answers, and one for each signal that the rules rest on."""
    return [
        _outage(promised),
        *(
            _absent(promised, name, source, selector)
            for name, (source, selector) in SIGNALS.items()
        ),
    ]


def _outage(promised: Targets) -> Watch:
    line = number(promised.alert[OUTAGE].value)
    alert = promised_alert(
        promised,
        OUTAGE,
        page="api-down",
        component="api",
        expr=f'absent(up{{job="api"}} == 1) or max(probe_success) < {line}',
    )
    instance = 'up{job="api",instance="api-1"}'
    other = 'up{job="api",instance="api-2"}'
    page = 'probe_success{job="blackbox",instance="live"}'
    beside = {page: UP, 'up{job="stranger"}': UP}
    return Watch(
        alert=alert,
        causes=(
            Level(series=instance, rest=UP, worse=Decimal(0), beside=beside),
            Level(series=instance, rest=UP, worse=None, beside=beside),
            Level(
                series=page,
                rest=UP,
                line=UP,
                worse=Decimal(0),
                beside={instance: UP, other: Decimal(0)},
            ),
        ),
    )


def _absent(promised: Targets, name: str, source: str, selector: str) -> Watch:
    alert = promised_alert(
        promised,
        ABSENT,
        page="figures-absent",
        component="figures",
        expr=f"absent({selector})",
        labels={"signal": name, "source": source},
    )
    stranger = selector.replace(f'job="{source}"', 'job="stranger"')
    gone = Level(
        series=selector,
        rest=UP,
        worse=None,
        beside={stranger: UP},
        labels={"job": source},
    )
    return Watch(alert=alert, causes=(gone,))
