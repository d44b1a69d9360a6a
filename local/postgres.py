"""Command lines and settings of one plain Postgres server; nothing runs here.

Servers listen on 127.0.0.1 only and open no unix socket: a socket's path may not be
longer than 107 bytes, and a state folder may.
"""

from collections.abc import Mapping
from pathlib import Path

from local.binaries import PostgresBinaries
from local.unprivileged import as_unprivileged

SUPERUSER = "postgres"
HOST = "127.0.0.1"

# The text order does not depend on the operating system, so that indexes stay valid
# on a standby or a restore elsewhere.
INITDB_OPTIONS: dict[str, str] = {
    "encoding": "UTF8",
    "locale-provider": "builtin",
    "builtin-locale": "C.UTF-8",
    "locale": "C",
}

# Safe and small: acknowledged means flushed to disk; memory is left to other programs.
SETTINGS: dict[str, str] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "hot_standby": "on",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "password_encryption": "scram-sha-256",
    "huge_pages": "off",
    "jit": "off",
    "timezone": "UTC",
}


def initdb_command(
    binaries: PostgresBinaries, *, data: Path, password_file: Path
) -> list[str]:
    """Return the command that creates a cluster with checksums, scram, user `postgres`.

    The first line of `password_file` becomes the superuser's password.
    """
    options = [f"--{name}={value}" for name, value in INITDB_OPTIONS.items()]
    return as_unprivileged(
        [
            str(binaries.initdb),
            f"--pgdata={data}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--data-checksums",
            *options,
        ]
    )


def server_command(
    binaries: PostgresBinaries,
    *,
    data: Path,
    port: int,
    settings: Mapping[str, str] | None = None,
) -> list[str]:
    """Return the command that serves `data` on 127.0.0.1:`port` in the foreground.

    `settings` win over SETTINGS. SIGINT to the process is a fast shutdown.
    """
    chosen = SETTINGS | dict(settings or {})
    flags = [part for item in chosen.items() for part in ("-c", "=".join(item))]
    return as_unprivileged(
        [str(binaries.postgres), "-D", str(data), "-p", str(port), *flags]
    )


def base_backup_command(
    binaries: PostgresBinaries,
    *,
    data: Path,
    primary_port: int,
    passfile: Path,
    application_name: str = "standby",
) -> list[str]:
    """Return the command that copies the primary into `data`, as a streaming standby.

    `passfile` is in the format of ~/.pgpass (see `passfile_line`), mode 0600. The
    standby shows up as `application_name` in pg_stat_replication.
    """
    connection = (
        f"host={HOST} port={primary_port} user={SUPERUSER} "
        f"passfile='{passfile}' application_name={application_name}"
    )
    return as_unprivileged(
        [
            str(binaries.pg_basebackup),
            f"--pgdata={data}",
            f"--dbname={connection}",
            "--write-recovery-conf",
            "--wal-method=stream",
            "--checkpoint=fast",
        ]
    )


def passfile_line(password: str, *, user: str = SUPERUSER) -> str:
    """Return the line of a password file that opens every local server to `user`."""
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    return f"{HOST}:*:*:{user}:{escaped}\n"


def connection_string(*, port: int, passfile: Path, database: str = SUPERUSER) -> str:
    """Return a libpq connection string for the superuser, without the password."""
    return (
        f"host={HOST} port={port} dbname={database} user={SUPERUSER} "
        f"passfile='{passfile}'"
    )
