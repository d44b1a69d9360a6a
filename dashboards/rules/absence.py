"""Alerts about missing metrics: an absent metric is a fault, never good news."""

from decimal import Decimal
from typing import Final

from dashboards.naming import number
from dashboards.rules.annotations import target_alert
from dashboards.rules.model import AlertRule, Level
from targets import Targets

UP: Final = Decimal(1)
API_ABSENT: Final = "api-absent"
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
"""Metrics that the other rules read, and the job that exports each."""


def absence_alerts(targets: Targets) -> list[AlertRule]:
    """Return the alert for no API instance, and one for each metric that rules read."""
    return [
        _outage(targets),
        *(
            _absent(targets, name, source, selector)
            for name, (source, selector) in SIGNALS.items()
        ),
    ]


def _outage(targets: Targets) -> AlertRule:
    line = number(targets.alert[API_ABSENT].value)
    alert = target_alert(
        targets,
        API_ABSENT,
        page="api-down",
        component="api",
        expr=f'absent(up{{job="api"}} == 1) or max(probe_success) < {line}',
    )
    instance = 'up{job="api",instance="api-1"}'
    other = 'up{job="api",instance="api-2"}'
    page = 'probe_success{job="blackbox",instance="live"}'
    unchanged = {page: UP, 'up{job="stranger"}': UP}
    return AlertRule(
        alert=alert,
        causes=(
            Level(series=instance, normal=UP, failed=Decimal(0), unchanged=unchanged),
            Level(series=instance, normal=UP, failed=None, unchanged=unchanged),
            Level(
                series=page,
                normal=UP,
                line=UP,
                failed=Decimal(0),
                unchanged={instance: UP, other: Decimal(0)},
            ),
        ),
    )


def _absent(targets: Targets, name: str, source: str, selector: str) -> AlertRule:
    alert = target_alert(
        targets,
        ABSENT,
        page="metrics-absent",
        component="metrics",
        expr=f"absent({selector})",
        labels={"signal": name, "source": source},
    )
    other = selector.replace(f'job="{source}"', 'job="stranger"')
    gone = Level(
        series=selector,
        normal=UP,
        failed=None,
        unchanged={other: UP},
        labels={"job": source},
    )
    return AlertRule(alert=alert, causes=(gone,))
