"""Alerts about a component that is down, from Prometheus's own scrapes."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from dashboards.naming import exact, number
from dashboards.rules.annotations import target_alert
from dashboards.rules.model import AlertRule, Level
from targets import Targets
from targets.families import Alert as AlertTarget

UP: Final = Decimal(1)
DOWN: Final = Decimal(0)
EXPORTERS: Final = ("blackbox", "node", "postgres", "redis")
"""Jobs that export metrics of other programs."""
OTHER: Final = 'up{job="stranger",instance="stranger"}'
"""A series that is always down and that the tested alert must ignore."""

ComponentQuery = Callable[[str], tuple[str, tuple[Level, ...]]]


def component_alerts(targets: Targets) -> list[AlertRule]:
    """Return one alert for each component."""
    found = []
    for name, (page, component, make_query) in COMPONENTS.items():
        target: AlertTarget = targets.alert[name]
        expr, causes = make_query(number(exact(target.value)))
        alert = target_alert(targets, name, page=page, component=component, expr=expr)
        found.append(AlertRule(alert=alert, causes=causes))
    return found


def each_of(job: str, instance: str) -> ComponentQuery:
    """Return the query for any instance of a job that does not respond."""

    def make_query(line: str) -> tuple[str, tuple[Level, ...]]:
        labels = {"job": job, "instance": instance}
        other = {_up({"job": job, "instance": f"{instance}-other"}): UP, OTHER: DOWN}
        cause = _down(_up(labels), labels, unchanged=other)
        return f'up{{job="{job}"}} < {line}', (cause,)

    return make_query


def only_one(job: str) -> ComponentQuery:
    """Return the query for a job's only instance: down or not scraped."""

    def make_query(line: str) -> tuple[str, tuple[Level, ...]]:
        series = _up({"job": job, "instance": job})
        expr = f'up{{job="{job}"}} < {line} or absent(up{{job="{job}"}})'
        unchanged = {OTHER: DOWN}
        down = _down(series, {"job": job, "instance": job}, unchanged=unchanged)
        gone = Level(
            series=series,
            normal=UP,
            failed=None,
            unchanged=unchanged,
            labels={"job": job},
        )
        return expr, (down, gone)

    return make_query


def store(name: str) -> ComponentQuery:
    """Return the query for a Redis server that its exporter cannot reach."""

    def make_query(line: str) -> tuple[str, tuple[Level, ...]]:
        expr = f'redis_up{{instance="{name}"}} < {line}'
        labels = {"job": "redis", "instance": name}
        series = f'redis_up{{job="redis",instance="{name}"}}'
        cause = _down(series, labels, unchanged={'redis_up{instance="stranger"}': DOWN})
        return expr, (cause,)

    return make_query


def database_member(line: str) -> tuple[str, tuple[Level, ...]]:
    """Return the query for a member whose Patroni or Postgres is down."""
    running = "patroni_postgres_running"
    expr = (
        f'min by (job, instance) (up{{job="patroni"}} < {line} or {running} < {line})'
    )
    labels = {"job": "patroni", "instance": "database-1"}
    member = f'{running}{{job="patroni",instance="database-1",name="database-1"}}'
    return expr, (
        _down(_up(labels), labels, unchanged={OTHER: DOWN}),
        _down(member, labels, unchanged={_up(labels): UP, OTHER: DOWN}),
    )


def database_leader(line: str) -> tuple[str, tuple[Level, ...]]:
    """Return the query for a database without a leader: no write is acknowledged."""
    leads = 'patroni_primary{job="patroni",instance="database-1"}'
    follows = 'patroni_primary{job="patroni",instance="database-2"}'
    expr = f"sum(patroni_primary) < {line} or absent(patroni_primary)"
    return expr, (
        _down(leads, {}, unchanged={follows: DOWN}),
        Level(series=leads, normal=UP, failed=None),
    )


def exporter(line: str) -> tuple[str, tuple[Level, ...]]:
    """Return the query for an exporter that does not respond or is not scraped."""
    absent = [f'absent(up{{job="{job}"}})' for job in EXPORTERS]
    expr = f'up{{job=~"{"|".join(EXPORTERS)}"}} < {line} or {" or ".join(absent)}'
    causes = []
    for job in EXPORTERS:
        labels = {"job": job, "instance": f"{job}-exporter"}
        series = _up(labels)
        others = {_up({"job": other}): UP for other in EXPORTERS if other != job}
        others[OTHER] = DOWN
        causes += [
            _down(series, labels, unchanged=others),
            Level(
                series=series,
                normal=UP,
                failed=None,
                unchanged=others,
                labels={"job": job},
            ),
        ]
    return expr, tuple(causes)


def _up(labels: dict[str, str]) -> str:
    listed = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"up{{{listed}}}"


def _down(
    series: str, labels: dict[str, str], unchanged: dict[str, Decimal] | None = None
) -> Level:
    return Level(
        series=series,
        normal=UP,
        line=UP,
        failed=DOWN,
        unchanged=unchanged or {},
        labels=labels,
    )


COMPONENTS: Final[dict[str, tuple[str, str, ComponentQuery]]] = {
    "api-instance-down": ("api-instance-down", "api", each_of("api", "api-1")),
    "worker-down": ("worker-down", "queue", each_of("worker", "worker-1")),
    "database-member-down": ("database-member-down", "database", database_member),
    "database-leader-absent": ("database-member-down", "database", database_leader),
    "broker-down": ("broker-down", "queue", store("broker")),
    "cache-down": ("cache-down", "cache", store("cache")),
    "relay-down": ("relay-down", "queue", only_one("relay")),
    "scheduler-down": ("scheduler-down", "queue", only_one("scheduler")),
    "exporter-down": ("metrics-absent", "metrics", exporter),
}
"""Alert id to runbook page, component and query."""
