"""Configuration and command line of one Redis server; nothing runs here."""

from pathlib import Path

from local.binaries import Binary

HOST = "127.0.0.1"

# The broker only notifies about jobs that Postgres records: it may lose a second of
# messages, but it must never evict one silently.
BROKER: dict[str, str] = {
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory": "128mb",
    "maxmemory-policy": "noeviction",
}

# The cache may lose everything at any time, so it writes nothing to disk.
CACHE: dict[str, str] = {
    "appendonly": "no",
    "maxmemory": "128mb",
    "maxmemory-policy": "allkeys-lru",
}


def redis_configuration(
    *, folder: Path, port: int, password: str, settings: dict[str, str]
) -> str:
    """Return a redis.conf; write it with mode 0600, for it holds the password.

    `settings` is BROKER or CACHE, or another dict. Data are stored in `folder`.
    """
    lines = {
        "bind": HOST,
        "port": str(port),
        "protected-mode": "yes",
        "daemonize": "no",
        # A rewritten title would erase the environment that identifies our processes.
        "set-proc-title": "no",
        "dir": f'"{folder}"',
        "save": '""',
        "requirepass": password,
        "tcp-keepalive": "60",
    } | settings
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def redis_command(binary: Binary, *, configuration: Path) -> list[str]:
    """Return the foreground server's command; SIGTERM saves the log and ends it."""
    return [str(binary.path), str(configuration)]
