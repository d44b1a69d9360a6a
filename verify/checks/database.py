"""Database settings: which queries are logged, and the number of connections."""

from typing import LiteralString

from exchange.outcomes import Measurement
from exchange.platforms import LocalDatabase
from exchange.scrapes import gauges, scrape
from targets.verdict import Verdict
from verify.calibrating import connect
from verify.checks.judging import cannot_measure, measure
from verify.evidence import Evidence

_SLOW_QUERY = "limit.slow-query"
_POOL = "holdfast_db_pool_connections"
_RETENTION = "limit.event-retention"
_QUERY = "SELECT setting FROM pg_settings WHERE name = 'log_min_duration_statement'"
_OLDEST_MONTH = r"""
SELECT extract(epoch FROM now() - min(to_date(
    substring(relname FROM '^events_(\d{4}_\d{2})$'), 'YYYY_MM')))
FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = 'events'::regclass
"""


def check_database(evidence: Evidence) -> list[Measurement]:
    """Check the settings in force, not the configuration files.

    Raises psycopg.Error, httpx.HTTPError.
    """
    return [
        _measure_slow_query(evidence),
        _measure_retention(evidence),
        *_measure_pools(evidence),
    ]


def _measure_slow_query(evidence: Evidence) -> Measurement:
    database = evidence.local.database
    milliseconds = int(_read_value(database, _QUERY))
    if milliseconds < 0:
        return Measurement(
            target=_SLOW_QUERY,
            value=None,
            unit="s",
            verdict=Verdict.MISSED,
            detail="log_min_duration_statement is off: no query is ever logged",
        )
    detail = "log_min_duration_statement of the server that takes writes"
    return measure(evidence.targets, _SLOW_QUERY, milliseconds / 1000, detail)


def _measure_retention(evidence: Evidence) -> Measurement:
    age = float(_read_value(evidence.local.database, _OLDEST_MONTH))
    detail = "age of the oldest month that still takes events"
    return measure(evidence.targets, _RETENTION, age, detail)


def _read_value(database: LocalDatabase, query: LiteralString) -> str:
    with connect(database) as connection, connection.cursor() as cursor:
        row = cursor.execute(query).fetchone()
    if row is None or row[0] is None:
        raise LookupError(f"the server answers nothing to {query.strip()!r}")
    return str(row[0])


def _measure_pools(evidence: Evidence) -> list[Measurement]:
    scraped = scrape(evidence.published.metrics_pages("api"))
    pools = gauges(scraped, _POOL, pool="primary", state="max")
    bounds = ("capacity.db-pool-min", "capacity.db-pool-max")
    if not pools:
        why = f"no instance publishes {_POOL} with state max"
        return [cannot_measure(evidence.targets, bound, why) for bound in bounds]
    detail = "limit of the pool to the primary, " + ", ".join(sorted(pools))
    values = (min(pools.values()), max(pools.values()))
    return [
        measure(evidence.targets, bound, value, detail, samples=len(pools))
        for bound, value in zip(bounds, values, strict=True)
    ]
