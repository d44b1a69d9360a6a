"""The environment, read once into one frozen struct; nobody else looks at it.

Every variable may also be given as `<NAME>_FILE`, the path of a file that holds
the value. Whatever is missing or malformed is refused at the start, by name.
"""

import os
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from msgspec import Struct

Environment = Literal["local", "development", "staging", "production"]


class Address(Struct, frozen=True):
    """Where something listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class TokenKey(Struct, frozen=True):
    """A named signing key; the secret never shows in a representation."""

    kid: str
    secret: bytes

    def __repr__(self) -> str:
        return f"TokenKey(kid={self.kid!r})"


class SettingsRefused(Exception):
    """The environment does not say what the program must know."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"{name}: {fault}")


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that an operator may tune."""

    environment: Environment = "local"
    instance: str = "api"
    bind: Address = Address("127.0.0.1", 8000)
    metrics_bind: Address | None = None
    database_hosts: tuple[Address, ...]
    replica_hosts: tuple[Address, ...] = ()
    database_name: str = "holdfast"
    database_user: str
    database_password: str
    pool_min: int = 5
    pool_max: int = 20
    broker_url: str = ""
    cache_url: str = ""
    token_keys: tuple[TokenKey, ...] = ()
    log_level: str = "INFO"
    drain_seconds: float = 0.0
    stop_seconds: int = 10
    worker_threads: int = 8
    lease_seconds: float = 15.0
    relay_poll_seconds: float = 1.0
    sweep_seconds: float = 5.0
    otlp_endpoint: str = ""
    trace_share: float = 0.01
    sentry_dsn: str = ""

    def __repr__(self) -> str:
        return f"Settings(environment={self.environment!r}, instance={self.instance!r})"


class _Reader:
    """Looks variables up, and says which one is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str | None = None) -> str:
        variable = f"HOLDFAST_{name}"
        path = self._environ.get(f"{variable}_FILE")
        if path is not None:
            return self._from_file(variable, Path(path))
        value = self._environ.get(variable, default)
        if value is None:
            raise SettingsRefused(variable, "is not set")
        return value

    def number(self, name: str, default: float) -> float:
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            raise SettingsRefused(f"HOLDFAST_{name}", "is not a number") from None
        if number < 0:
            raise SettingsRefused(f"HOLDFAST_{name}", "is negative")
        return number

    def share(self, name: str, default: float) -> float:
        number = self.number(name, default)
        if not 0 <= number <= 1:
            raise SettingsRefused(f"HOLDFAST_{name}", "is not between 0 and 1")
        return number

    def url(self, name: str, *, wanted: str) -> str:
        """Read an HTTP address, or nothing; a key in front of the host is kept."""
        value = self.text(name, "").rstrip("/")
        if value and not _is_http(value):
            # The value may hold a key, so it is not repeated.
            raise SettingsRefused(f"HOLDFAST_{name}", f"wants {wanted}")
        return value

    def sentry(self, name: str) -> str:
        wanted = "https://key@host/project"
        value = self.url(name, wanted=wanted)
        if value and not (urlsplit(value).username and urlsplit(value).path):
            raise SettingsRefused(f"HOLDFAST_{name}", f"wants {wanted}")
        return value

    def addresses(self, name: str, default: str | None = None) -> tuple[Address, ...]:
        listed = self.text(name, default)
        parts = [part.strip() for part in listed.split(",") if part.strip()]
        return tuple(self._address(name, part) for part in parts)

    def keys(self, name: str) -> tuple[TokenKey, ...]:
        listed = self.text(name, "")
        return tuple(self._key(name, part) for part in listed.split(",") if part)

    def _address(self, name: str, value: str) -> Address:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit():
            raise SettingsRefused(f"HOLDFAST_{name}", f"{value!r} is not host:port")
        return Address(host, int(port))

    def _key(self, name: str, value: str) -> TokenKey:
        kid, _, encoded = value.strip().partition(":")
        try:
            secret = b64decode(encoded, validate=True)
        except ValueError:
            secret = b""
        if not kid or len(secret) < 32:  # noqa: PLR2004 - RFC 7518 §3.2: HS256 needs 256 bits
            fault = "wants kid:base64 of at least 32 bytes"
            raise SettingsRefused(f"HOLDFAST_{name}", fault)
        return TokenKey(kid, secret)

    def _from_file(self, variable: str, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            fault = f"cannot read {path}: {error.strerror}"
            raise SettingsRefused(f"{variable}_FILE", fault) from error


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment; raises SettingsRefused by name."""
    read = _Reader(os.environ if environ is None else environ)
    metrics = read.addresses("METRICS_BIND", "")
    bind = read.addresses("BIND", "127.0.0.1:8000")
    hosts = read.addresses("DATABASE_HOSTS")
    if not hosts or not bind:
        raise SettingsRefused("HOLDFAST_DATABASE_HOSTS, HOLDFAST_BIND", "is empty")
    return Settings(
        environment=_environment(read.text("ENVIRONMENT", "local")),
        instance=read.text("INSTANCE", "api"),
        bind=bind[0],
        metrics_bind=metrics[0] if metrics else None,
        database_hosts=hosts,
        replica_hosts=read.addresses("REPLICA_HOSTS", ""),
        database_name=read.text("DATABASE_NAME", "holdfast"),
        database_user=read.text("DATABASE_USER"),
        database_password=read.text("DATABASE_PASSWORD"),
        pool_min=int(read.number("POOL_MIN", 5)),
        pool_max=int(read.number("POOL_MAX", 20)),
        broker_url=read.text("BROKER_URL", ""),
        cache_url=read.text("CACHE_URL", ""),
        token_keys=read.keys("TOKEN_KEYS"),
        log_level=read.text("LOG_LEVEL", "INFO").upper(),
        drain_seconds=read.number("DRAIN_SECONDS", 0),
        stop_seconds=int(read.number("STOP_SECONDS", 10)),
        worker_threads=int(read.number("WORKER_THREADS", 8)),
        lease_seconds=read.number("LEASE_SECONDS", 15),
        relay_poll_seconds=read.number("RELAY_POLL_SECONDS", 1),
        sweep_seconds=read.number("SWEEP_SECONDS", 5),
        otlp_endpoint=read.url("OTLP_ENDPOINT", wanted="http://host:4318"),
        trace_share=read.share("TRACE_SHARE", 0.01),
        sentry_dsn=read.sentry("SENTRY_DSN"),
    )


def _environment(value: str) -> Environment:
    for known in get_args(Environment):
        if value == known:
            return known  # type: ignore[no-any-return]  # get_args loses the literals
    raise SettingsRefused("HOLDFAST_ENVIRONMENT", f"{value!r} is not known")


def _is_http(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
        )
    except ValueError:  # a port that is none
        return False


def read_variable(name: str) -> str:
    """Read one more variable, `HOLDFAST_<name>`, that only one command needs."""
    return _Reader(os.environ).text(name)
