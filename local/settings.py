"""Settings of this package from the environment; read only here."""

import os
from pathlib import Path

from exchange.folders import state_folder

CHECKOUT = Path(__file__).resolve().parents[1]
DEFAULT_PORT_BASE = 8000

# Variables that a program inherits from the shell that starts the platform. Others
# (PG*, PATRONI_*, other HOLDFAST_*, proxies) could misconfigure it.
INHERITED = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "LOGNAME",
    "PATH",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TZ",
    "USER",
    "VIRTUAL_ENV",
)
# Tuning settings: the shell's value is passed to API and workers.
TUNABLE = (
    "HOLDFAST_LEASE_SECONDS",
    "HOLDFAST_LOG_LEVEL",
    "HOLDFAST_OTLP_ENDPOINT",
    "HOLDFAST_POOL_MAX",
    "HOLDFAST_POOL_MIN",
    "HOLDFAST_RELAY_POLL_SECONDS",
    "HOLDFAST_SENTRY_DSN",
    "HOLDFAST_SENTRY_DSN_FILE",
    "HOLDFAST_TRACE_SHARE",
    "HOLDFAST_WORKER_THREADS",
)


class SettingInvalid(Exception):
    """An environment variable has an invalid value."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"{name}={value!r}: {wanted}")
        self.name = name


def state_root() -> Path:
    """Return the folder of state, results and tools (HOLDFAST_STATE), absolute."""
    return state_folder()


def port_base() -> int:
    """Return the first port of the platform's block (HOLDFAST_PORT_BASE)."""
    given = os.environ.get("HOLDFAST_PORT_BASE", str(DEFAULT_PORT_BASE))
    if given.isdecimal() and 1024 <= int(given) <= 65_000:  # noqa: PLR2004 - a range
        return int(given)
    raise SettingInvalid("HOLDFAST_PORT_BASE", given, "a number from 1024 to 65000")


def alert_webhook() -> str | None:
    """Return the webhook for alerts, instead of our log (HOLDFAST_ALERT_WEBHOOK)."""
    given = os.environ.get("HOLDFAST_ALERT_WEBHOOK", "").rstrip("/")
    if not given or given.startswith(("http://", "https://")):
        return given or None
    raise SettingInvalid("HOLDFAST_ALERT_WEBHOOK", given, "an http or https address")


def inherited_environment() -> dict[str, str]:
    """Return what every supervised program inherits from the caller's shell."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def tuned_environment() -> dict[str, str]:
    """Return the settings of API and workers that the caller's shell overrides."""
    return {name: os.environ[name] for name in TUNABLE if name in os.environ}
