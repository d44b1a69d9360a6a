"""Queries to the platform's Prometheus over HTTP."""

from typing import Any

import httpx
import msgspec

_TIMEOUT_SECONDS = 5.0


class PrometheusSilent(Exception):
    """Prometheus answered without the expected result."""


def ask(url: str, query: str) -> float | None:
    """Return the single value of `query` now; None when no series matches.

    Raises httpx.HTTPError, PrometheusSilent.
    """
    found = _get(url, "query", {"query": query})
    if not found:
        return None
    if len(found) > 1:
        raise PrometheusSilent(f"{query} answers {len(found)} numbers")
    return float(found[0]["value"][1])


def ask_range(
    url: str, query: str, *, since: float, until: float, step_seconds: float
) -> list[dict[str, Any]]:
    """Return every series of `query` between two moments in epoch seconds.

    Raises httpx.HTTPError, PrometheusSilent.
    """
    span = {"start": since, "end": until, "step": step_seconds}
    return _get(url, "query_range", {"query": query, **span})


def _get(url: str, verb: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{url}/api/v1/{verb}",
        params=asked,
        timeout=_TIMEOUT_SECONDS,
        trust_env=False,
    )
    answer.raise_for_status()
    try:
        body = msgspec.json.decode(answer.content, type=dict[str, Any])
        found: list[dict[str, Any]] = body["data"]["result"]
    except (msgspec.DecodeError, KeyError, TypeError) as strange:
        raise PrometheusSilent(f"{url} is not Prometheus: {strange}") from strange
    return found
