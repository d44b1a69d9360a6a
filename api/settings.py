"""The settings: environment variables, read once into one frozen struct.

Each field of Settings is read from the variable `HOLDFAST_<FIELD>`, or from the file
that `HOLDFAST_<FIELD>_FILE` names. A missing or malformed variable is refused at the
start, by name. A field states its default; the metadata of its type states its parser.
"""

import os
from base64 import b64decode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import NODEFAULT, Meta, Struct

Environment = Literal["local", "development", "staging", "production"]
Parser = Callable[[str], Any]


class Address(Struct, frozen=True):
    """Host and port of a listener."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class TokenKey(Struct, frozen=True):
    """A named signing key; its representation hides the secret."""

    kid: str
    secret: bytes

    def __repr__(self) -> str:
        return f"TokenKey(kid={self.kid!r})"


class SettingsRefused(Exception):
    """A variable is missing or malformed."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"{name}: {fault}")


def _environment(value: str) -> str:
    if value not in get_args(Environment):
        raise ValueError(f"{value!r} is not known")
    return value


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError("is not a number") from None
    if number < 0:
        raise ValueError("is negative")
    return number


def _whole(value: str) -> int:
    return int(_number(value))


def _share(value: str) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError("is not between 0 and 1")
    return number


def _url(value: str, *, wanted: str = "http://host:4318") -> str:
    url = value.rstrip("/")
    if url and not _is_http(url):
        # The value may hold a key, so the message does not repeat it.
        raise ValueError(f"wants {wanted}")
    return url


def _sentry_dsn(value: str) -> str:
    wanted = "https://key@host/project"
    url = _url(value, wanted=wanted)
    if url and not (urlsplit(url).username and urlsplit(url).path):
        raise ValueError(f"wants {wanted}")
    return url


def _address(value: str) -> Address:
    host, _, port = value.strip().rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"{value!r} is not host:port")
    return Address(host, int(port))


def _optional_address(value: str) -> Address | None:
    return _address(value) if value.strip() else None


def _addresses(value: str) -> tuple[Address, ...]:
    return tuple(_address(part) for part in value.split(",") if part.strip())


def _hosts(value: str) -> tuple[Address, ...]:
    hosts = _addresses(value)
    if not hosts:
        raise ValueError("is empty")
    return hosts


def _token_keys(value: str) -> tuple[TokenKey, ...]:
    return tuple(_token_key(part) for part in value.split(",") if part)


def _token_key(value: str) -> TokenKey:
    kid, _, encoded = value.strip().partition(":")
    try:
        secret = b64decode(encoded, validate=True)
    except ValueError:
        secret = b""
    if not kid or len(secret) < 32:  # noqa: PLR2004 - RFC 7518 §3.2: HS256 needs 256 bits
        raise ValueError("wants kid:base64 of at least 32 bytes")
    return TokenKey(kid, secret)


def _is_http(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
        )
    except ValueError:  # the port is not a number
        return False


def parsed_by(parser: Parser) -> Meta:
    """Attach a parser to the type of a field."""
    return Meta(extra={"parser": parser})


Number = Annotated[float, parsed_by(_number)]
Whole = Annotated[int, parsed_by(_whole)]
Addresses = Annotated[tuple[Address, ...], parsed_by(_addresses)]


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting of the API and the workers."""

    environment: Annotated[Environment, parsed_by(_environment)] = "local"
    instance: str = "api"
    bind: Annotated[Address, parsed_by(_address)] = Address("127.0.0.1", 8000)
    metrics_bind: Annotated[Address | None, parsed_by(_optional_address)] = None
    database_hosts: Annotated[tuple[Address, ...], parsed_by(_hosts)]
    replica_hosts: Addresses = ()
    database_name: str = "holdfast"
    database_user: str
    database_password: str
    pool_min: Whole = 5
    pool_max: Whole = 20
    broker_url: str = ""
    cache_url: str = ""
    token_keys: Annotated[tuple[TokenKey, ...], parsed_by(_token_keys)] = ()
    log_level: Annotated[str, parsed_by(str.upper)] = "INFO"
    drain_seconds: Number = 0.0
    stop_seconds: Whole = 10
    worker_threads: Whole = 8
    lease_seconds: Number = 15.0
    relay_poll_seconds: Number = 1.0
    sweep_seconds: Number = 5.0
    otlp_endpoint: Annotated[str, parsed_by(_url)] = ""
    trace_share: Annotated[float, parsed_by(_share)] = 0.01
    sentry_dsn: Annotated[str, parsed_by(_sentry_dsn)] = ""

    def __repr__(self) -> str:
        return f"Settings(environment={self.environment!r}, instance={self.instance!r})"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment; raises SettingsRefused by name."""
    variables = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        variable = f"HOLDFAST_{field.name.upper()}"
        text = _read(variables, variable)
        if text is not None:
            values[field.name] = _parse(variable, field.type, text)
        elif field.default is NODEFAULT:
            raise SettingsRefused(variable, "is not set")
    return Settings(**values)


def read_variable(name: str) -> str:
    """Read `HOLDFAST_<name>`, a variable that only one command needs."""
    variable = f"HOLDFAST_{name}"
    text = _read(os.environ, variable)
    if text is None:
        raise SettingsRefused(variable, "is not set")
    return text


def _read(variables: Mapping[str, str], variable: str) -> str | None:
    path = variables.get(f"{variable}_FILE")
    if path is None:
        return variables.get(variable)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        fault = f"cannot read {path}: {error.strerror}"
        raise SettingsRefused(f"{variable}_FILE", fault) from error


def _parse(variable: str, kind: Any, text: str) -> Any:  # noqa: ANN401 - a type of any field
    for meta in getattr(kind, "__metadata__", ()):
        try:
            return meta.extra["parser"](text)
        except ValueError as error:
            raise SettingsRefused(variable, str(error)) from None
    return text
