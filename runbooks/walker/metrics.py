"""Query the platform's Prometheus; print one line a series."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import msgspec

from runbooks.walker.execution import CHECKOUT

NOTHING: Final = "nothing"
_TIMEOUT_SECONDS: Final = 5.0
_DIRECTLY: Final = build_opener(ProxyHandler({}))


class MetricsUnavailable(Exception):
    """There is no platform, no Prometheus, or no answer."""


def find_prometheus() -> str:
    """Return its address on this machine; raises MetricsUnavailable."""
    home = Path(os.environ.get("HOLDFAST_STATE", CHECKOUT / ".holdfast"))
    try:
        published = msgspec.json.decode((home / "state/platform.json").read_bytes())
    except (OSError, msgspec.DecodeError) as missing:
        raise MetricsUnavailable(f"no platform runs under {home}") from missing
    url: str | None = published.get("prometheus")
    if url is None:
        raise MetricsUnavailable("this platform runs without Prometheus")
    return url


def run_query(url: str, query: str) -> list[str]:
    """Return `metric{label="value"} number` a series; raises MetricsUnavailable."""
    address = f"{url}/api/v1/query?{urlencode({'query': query})}"
    try:
        with _DIRECTLY.open(address, timeout=_TIMEOUT_SECONDS) as done:
            body: dict[str, Any] = msgspec.json.decode(done.read())
        return sorted(_write_series(body["data"]["result"]))
    except (URLError, OSError, msgspec.DecodeError, KeyError) as silent:
        raise MetricsUnavailable(f"Prometheus does not answer: {silent}") from silent


def _write_series(result: list[dict[str, Any]]) -> Iterator[str]:
    for series in result:
        labels = dict(series["metric"])
        name = labels.pop("__name__", "")
        inside = ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        yield f"{name}{{{inside}}} {float(series['value'][1]):g}"
