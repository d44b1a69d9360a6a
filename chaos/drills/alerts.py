"""Active alerts, polled from Prometheus and Alertmanager."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import httpx
import msgspec
from msgspec import Struct

from chaos.timeline import now
from exchange.platforms import Platform, PlatformUnpublished, read_platform

_TIMEOUT_SECONDS: Final = 3.0
_POLL_SECONDS: Final = 0.5

State = Literal["pending", "firing"]
Key = tuple[str, str]
Tell = Callable[[str], None]


class Sources(Struct, frozen=True):
    """URLs of both; None on a platform that runs without them."""

    prometheus: str | None = None
    alertmanager: str | None = None


class AlertSpan(Struct):
    """One alert in one state; `ended` is None while it lasts."""

    alert: str
    instance: str
    state: State
    began: float
    ended: float | None = None


class AlertsUnreachable(Exception):
    """Prometheus or Alertmanager did not respond."""


def find_sources(state: Path) -> Sources:
    """Read their URLs from platform.json; none when no platform is published."""
    try:
        published = read_platform(state / "platform.json", Platform)
    except PlatformUnpublished:
        return Sources()
    return Sources(published.prometheus, published.alertmanager)


class AlertWatch:
    """Polls while entered; `spans` records every state of every alert.

    `listener` receives each change of the alert that it `follows`; of other alerts
    only when they fire and end.
    """

    def __init__(self, sources: Sources) -> None:
        self.follows = ""
        self.listener: Tell | None = None
        self.spans: list[AlertSpan] = []
        self.told: set[str] = set()
        self.looked_at: float | None = None
        self._sources = sources
        self._open: dict[Key, AlertSpan] = {}
        self._client = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False)
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._client.aclose()

    def state_of(self, alert: str) -> State | None:
        """Return the most severe current state of `alert`; None when it is inactive."""
        states = {span.state for key, span in self._open.items() if key[0] == alert}
        if "firing" in states:
            return "firing"
        return "pending" if states else None

    def fired(self, *, besides: str) -> list[str]:
        """Return the names of the other alerts that fired during the watch."""
        names = {span.alert for span in self.spans if span.state == "firing"}
        return sorted(names - {besides})

    async def look(self) -> None:
        """Poll both once; raises AlertsUnreachable."""
        found = await self._ask_prometheus()
        self.told = await self._ask_alertmanager()
        self._note(found)
        self.looked_at = now()

    async def _watch(self) -> None:
        while True:
            with suppress(AlertsUnreachable):
                await self.look()
            await asyncio.sleep(_POLL_SECONDS)

    def _note(self, found: dict[Key, State]) -> None:
        at = now()
        for key, span in list(self._open.items()):
            if found.get(key) != span.state:
                span.ended = at
                del self._open[key]
                if key not in found:
                    self._tell(span, "silent again")
        for key, state in found.items():
            if key not in self._open:
                span = AlertSpan(alert=key[0], instance=key[1], state=state, began=at)
                self._open[key] = span
                self.spans.append(span)
                self._tell(span, state)

    def _tell(self, span: AlertSpan, what: str) -> None:
        worth_it = span.alert == self.follows or span.state == "firing"
        if self.listener is not None and worth_it:
            where = f" ({span.instance})" if span.instance else ""
            self.listener(f"{span.alert}{where} is {what}")

    async def _ask_prometheus(self) -> dict[Key, State]:
        answer = await self._get(self._sources.prometheus, "/api/v1/alerts")
        return dict(_read_states(answer["data"]["alerts"]))

    async def _ask_alertmanager(self) -> set[str]:
        alerts = await self._get(self._sources.alertmanager, "/api/v2/alerts")
        return {alert["labels"]["alertname"] for alert in alerts}

    async def _get(self, url: str | None, path: str) -> Any:  # noqa: ANN401 - any JSON
        if url is None:
            raise AlertsUnreachable(f"this platform has nobody to answer {path}")
        try:
            answer = await self._client.get(url + path)
            answer.raise_for_status()
            return msgspec.json.decode(answer.content)
        except (httpx.HTTPError, msgspec.DecodeError) as silence:
            raise AlertsUnreachable(f"{url}{path}: {silence!r}") from silence


def _read_states(alerts: list[dict[str, Any]]) -> Iterator[tuple[Key, State]]:
    """Yield one state for each alert and instance; firing outranks pending."""
    for alert in sorted(alerts, key=lambda one: one["state"], reverse=True):
        labels = alert["labels"]
        instance = labels.get("instance") or labels.get("member") or ""
        yield (labels["alertname"], instance), alert["state"]
