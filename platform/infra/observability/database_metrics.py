"""Metrics of database instances under the names that rules and dashboards use.

CloudNativePG serves the metrics of each instance itself, so no exporter needs a
password. Rules use Patroni's names for members and postgres_exporter's names for
servers: equivalent series are renamed when scraped, derived series are recorded.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

PATRONI: Final = "patroni"
POSTGRES: Final = "postgres"

MEMBERS: Final = {
    "cnpg_collector_up": "patroni_postgres_running",
    "cnpg_pg_replication_in_recovery": "patroni_replica",
    "cnpg_member_timeline": "patroni_postgres_timeline",
    "cnpg_member_location": "patroni_xlog_location",
    "cnpg_standby_synchronous": "cnpg_standby_synchronous",
}
SERVERS: Final = {
    "cnpg_backends_total": "pg_stat_activity_count",
    "cnpg_backends_max_tx_duration_seconds": "pg_stat_activity_max_tx_duration",
    "cnpg_pg_settings_setting;max_connections": "pg_settings_max_connections",
    "cnpg_pg_stat_database_xact_commit": "pg_stat_database_xact_commit",
    "cnpg_pg_stat_database_xact_rollback": "pg_stat_database_xact_rollback",
    "cnpg_pg_stat_replication_replay_diff_bytes": "pg_stat_replication_pg_wal_lsn_diff",
}
"""New names by series; after a semicolon, the required value of the label `name`."""

QUERIES: Final = {
    "member": {
        "query": (
            "SELECT (pg_catalog.pg_control_checkpoint()).timeline_id AS timeline,"
            " pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery()"
            " THEN pg_catalog.pg_last_wal_replay_lsn()"
            " ELSE pg_catalog.pg_current_wal_lsn() END, '0/0') AS location"
        ),
        "metrics": [
            {"timeline": {"usage": "GAUGE", "description": "Timeline of the member"}},
            {"location": {"usage": "COUNTER", "description": "Bytes of WAL replayed"}},
        ],
    },
    "standby": {
        "primary": True,
        "query": (
            "SELECT application_name,"
            " (sync_state IN ('sync', 'quorum'))::int AS synchronous"
            " FROM pg_catalog.pg_stat_replication"
        ),
        "metrics": [
            {
                "application_name": {
                    "usage": "LABEL",
                    "description": "The standby, by its own name",
                }
            },
            {
                "synchronous": {
                    "usage": "GAUGE",
                    "description": "Whether commits may wait for it",
                }
            },
        ],
    },
}
"""Queries that CloudNativePG's defaults lack, in its format."""

SYNCHRONOUS: Final = (
    'label_replace(cnpg_standby_synchronous == 1, "name", "$1",'
    ' "application_name", "(.+)")'
)
RECORDS: Final = {
    "patroni_primary": "1 - patroni_replica",
    "patroni_sync_standby": (
        f"(patroni_replica and on (name) {SYNCHRONOUS}) or 0 * patroni_replica"
    ),
}


def custom_queries() -> str:
    """Return the file for `monitoring.customQueriesConfigMap` of the Cluster."""
    return msgspec.json.format(msgspec.json.encode(QUERIES), indent=1).decode()


def recording_rules(interval_seconds: int) -> str:
    """Return a rule file of series that are derived from several others."""
    group = {
        "name": "holdfast-members",
        "interval": f"{interval_seconds}s",
        "rules": [{"record": name, "expr": expr} for name, expr in RECORDS.items()],
    }
    return msgspec.json.format(msgspec.json.encode({"groups": [group]})).decode()


def rename_series(names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return relabelings that rename the known series and drop all others."""
    known = "|".join(name if ";" in name else f"{name};.*" for name in names)
    steps: list[dict[str, Any]] = [
        {"source_labels": ["__name__", "name"], "regex": known, "action": "keep"}
    ]
    for theirs, ours in names.items():
        series = theirs if ";" in theirs else f"{theirs};.*"
        step = {"source_labels": ["__name__", "name"], "regex": series}
        steps.append({**step, "target_label": "__name__", "replacement": ours})
    return steps


def label_with_instance(label: str) -> dict[str, Any]:
    """Return a relabeling that copies the instance's name into this label."""
    return {"source_labels": ["instance"], "target_label": label}
