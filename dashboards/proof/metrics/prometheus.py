"""A client of the running Prometheus."""

import math
from typing import Any, Final, Self

import httpx
import msgspec
from msgspec import Struct

from exchange.folders import local_platform_file
from exchange.platforms import Platform, PlatformUnpublished, read_platform

TIMEOUT_SECONDS: Final = 20


class PrometheusUnknown(Exception):
    """The running platform has published no Prometheus."""


class QueryRefused(Exception):
    """Prometheus refused or failed a query; the message is its own."""


class Series(Struct, frozen=True):
    """One series of a result: epoch seconds and numbers, NaN included."""

    labels: dict[str, str]
    points: tuple[tuple[float, float], ...]

    @property
    def numbers(self) -> tuple[float, ...]:
        """The finite numbers."""
        return tuple(number for _, number in self.points if math.isfinite(number))


class Span(Struct, frozen=True, kw_only=True):
    """The period of a range query, in epoch seconds."""

    start: float
    end: float
    step_seconds: float


def find_prometheus() -> str:
    """Return the address in platform.json. Raises PrometheusUnknown."""
    try:
        published = read_platform(local_platform_file(), Platform)
    except PlatformUnpublished as missing:
        raise PrometheusUnknown(
            f"{missing}: run ./task up, or give --prometheus"
        ) from missing
    if published.prometheus is None:
        raise PrometheusUnknown(
            "the platform runs without Prometheus: ./task doctor says what to install"
        )
    return published.prometheus


class Prometheus:
    """Queries over one connection; close it, or use it as a context manager."""

    def __init__(self, address: str) -> None:
        self.address = address
        # Ignore proxies of the environment: Prometheus is on this machine.
        self._client = httpx.Client(
            base_url=address, timeout=TIMEOUT_SECONDS, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def over(self, expr: str, span: Span) -> list[Series]:
        """Run a range query. Raises QueryRefused."""
        asked = {
            "query": expr,
            "start": f"{span.start:.3f}",
            "end": f"{span.end:.3f}",
            "step": f"{span.step_seconds:g}",
        }
        return [
            Series(row["metric"], _points(row["values"]))
            for row in self._ask("query_range", asked)
        ]

    def at(self, expr: str, moment: float) -> list[Series]:
        """Run an instant query at an epoch second. Raises QueryRefused."""
        rows = self._ask("query", {"query": expr, "time": f"{moment:.3f}"})
        return [Series(row["metric"], _points([row["value"]])) for row in rows]

    def _ask(self, door: str, asked: dict[str, str]) -> list[dict[str, Any]]:
        try:
            answer = self._client.post(f"/api/v1/{door}", data=asked)
            body = answer.json()
        except (httpx.HTTPError, ValueError) as trouble:
            raise QueryRefused(f"Prometheus is silent: {trouble}") from trouble
        if body.get("status") != "success":
            raise QueryRefused(str(body.get("error", answer.status_code)))
        rows: list[dict[str, Any]] = body["data"]["result"]
        return rows


def _points(values: object) -> tuple[tuple[float, float], ...]:
    rows = msgspec.convert(values, list[tuple[float, str]])
    return tuple((at, float(text)) for at, text in rows)
