"""Passwords and keys of one platform, made at its start and deleted at its stop.

Programs get the names of these files, never the secrets, so that no command line,
environment or log contains one.
"""

import base64
import secrets

from local.places import Places, write_private
from local.ports import HOST, Ports
from local.postgres import passfile_line

MONITOR = "holdfast_monitor"
PASSWORDS = (
    "postgres",
    "replication",
    "rewind",
    "owner",
    "api",
    "worker",
    "monitor",
    "broker",
    "cache",
    "patroni",
)
KEY_BYTES = 32


def create_credentials(places: Places, ports: Ports) -> None:
    """Write one file per secret into `places.secrets`, readable by this user only."""
    for name in PASSWORDS:
        write_private(places.secrets / name, secrets.token_urlsafe(24))
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    write_private(places.secrets / "token_keys", f"local1:{key}")
    for store in ("broker", "cache"):
        password = read_secret(places, store)
        url = f"redis://:{password}@{HOST}:{ports.of(store)}/0"
        write_private(places.secrets / f"{store}_url", url)
    line = passfile_line(read_secret(places, "monitor"), user=MONITOR)
    write_private(places.secrets / "monitor_pgpass", line)


def read_secret(places: Places, name: str) -> str:
    """Return one secret of the running platform."""
    return (places.secrets / name).read_text(encoding="utf-8")
