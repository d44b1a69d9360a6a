"""The configuration of one Patroni member, which runs and guards one Postgres.

Why these values: docs/decisions/0012-failover-times.md. JSON is YAML, so the file needs
no YAML writer.
"""

import json

import targets
from local.credentials import read_secret
from local.places import Places
from local.plan import Plan
from local.ports import HOST
from local.postgres import INITDB_OPTIONS, SETTINGS, SUPERUSER

SCOPE = "holdfast"
PATRONI_USER = "patroni"

# Patroni's minimum is 20 s; it bounds the failover time after the loss of a host.
TTL_SECONDS = 20
LOOP_WAIT_SECONDS = 1
RETRY_TIMEOUT_SECONDS = 3

# Pools (two APIs, two workers, relay, scheduler), plus people and exporters.
SERVER_SETTINGS: dict[str, str | int] = {
    "max_connections": 200,
    "superuser_reserved_connections": 5,
    "shared_buffers": "64MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "max_worker_processes": 4,
    "max_wal_senders": 8,
    "max_replication_slots": 8,
    "max_wal_size": "512MB",
    "wal_keep_size": "128MB",
    "wal_log_hints": "on",
    "wal_sender_timeout": "5s",
    "wal_receiver_timeout": "5s",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "200ms",
    "hot_standby_feedback": "on",
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
    "checkpoint_completion_target": "0.9",
    "track_io_timing": "on",
    "log_lock_waits": "on",
    "log_checkpoints": "off",
}
FIXED_BY_PATRONI = ("listen_addresses", "max_connections")


def patroni_configuration(places: Places, plan: Plan, *, name: str) -> str:
    """Return the file of one member; write it with mode 0600."""
    number = name.rsplit("-", 1)[1]
    rest = plan.ports.address(f"patroni-{number}")
    postgres = plan.ports.address(name)
    return json.dumps(
        {
            "scope": SCOPE,
            "namespace": "/service/",
            "name": name,
            "log": {"level": "INFO"},
            "restapi": {
                "listen": rest,
                "connect_address": rest,
                "authentication": {
                    "username": PATRONI_USER,
                    "password": read_secret(places, "patroni"),
                },
            },
            "etcd3": {"host": plan.ports.address("etcd")},
            "bootstrap": {
                "dcs": cluster_settings(asynchronous=plan.asynchronous),
                "initdb": [
                    "data-checksums",
                    *({key: value} for key, value in INITDB_OPTIONS.items()),
                ],
            },
            "postgresql": {
                "listen": postgres,
                "connect_address": postgres,
                "data_dir": str(places.data / name),
                "bin_dir": str(plan.binaries.postgres.folder),
                "pgpass": str(places.data / f"{name}.pgpass"),
                "authentication": authentication(places),
                "parameters": {"unix_socket_directories": ""},
                "pg_hba": [
                    f"host replication replication {HOST}/32 scram-sha-256",
                    f"host all all {HOST}/32 scram-sha-256",
                ],
                "basebackup": [{"checkpoint": "fast"}],
                "remove_data_directory_on_rewind_failure": True,
                "remove_data_directory_on_diverged_timelines": True,
            },
            "watchdog": {"mode": "off"},
        },
        indent=1,
    )


def cluster_settings(*, asynchronous: bool) -> dict[str, object]:
    """Return the settings of all members; asynchronous is the negative control.

    Strict: without a synchronous standby writes wait; a write on one disk alone is
    never acknowledged.
    """
    plain = {
        name: value for name, value in SETTINGS.items() if name not in FIXED_BY_PATRONI
    }
    return {
        "ttl": TTL_SECONDS,
        "loop_wait": LOOP_WAIT_SECONDS,
        "retry_timeout": RETRY_TIMEOUT_SECONDS,
        "maximum_lag_on_failover": 1_048_576,
        "synchronous_mode": not asynchronous,
        "synchronous_mode_strict": not asynchronous,
        "synchronous_node_count": 1,
        "failsafe_mode": True,
        "primary_start_timeout": 0,
        "check_timeline": True,
        "postgresql": {
            "use_pg_rewind": True,
            "use_slots": True,
            "parameters": plain | SERVER_SETTINGS | slow_query_settings(),
        },
    }


def slow_query_settings() -> dict[str, str]:
    """Return the target threshold above which a statement is logged."""
    slow_seconds = targets.load().limit["slow-query"].value
    return {"log_min_duration_statement": f"{slow_seconds * 1000:.0f}ms"}


def authentication(places: Places) -> dict[str, dict[str, str]]:
    """Return the three accounts that Patroni itself uses."""
    accounts = {
        "superuser": (SUPERUSER, "postgres"),
        "replication": ("replication", "replication"),
        "rewind": ("rewind", "rewind"),
    }
    return {
        role: {"username": username, "password": read_secret(places, secret)}
        for role, (username, secret) in accounts.items()
    }
