"""Open arrivals: requests start when due, however slow the responses are."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from msgspec import Struct

from chaos.api_client import ApiClient, Unanswered
from chaos.http_client import Answer
from chaos.ledger.client import LedgerClient
from chaos.timeline import now, wait_until
from chaos.traffic.attempts import Attempt, Attempts, Kind
from chaos.traffic.requests import Requests
from exchange.percentiles import percentile

_MOST_IN_FLIGHT = 2_000
_MOST_LAG_SECONDS = 1.0
_POLL_SECONDS = 0.001


class Rates(Struct, frozen=True):
    """Arrivals a second. A tenth of the writes are batches of ten events."""

    writes: float = 45.0
    reads: float = 20.0
    reports: float = 3.0

    @property
    def total(self) -> float:
        return self.writes + self.reads + self.reports

    def at(self, pace: float) -> "Rates":
        """Return the same mix with rates multiplied by `pace`."""
        return Rates(self.writes * pace, self.reads * pace, self.reports * pace)


class Load:
    """Sends requests from entering to leaving; each is one attempt, sent once."""

    def __init__(
        self, api: ApiClient, client: LedgerClient, requests: Requests, rates: Rates
    ) -> None:
        self.rates = rates
        self.attempts = Attempts()
        self.dropped = 0
        self.began = now()
        self.ended: float | None = None
        self._api = api
        self._client = client
        self._requests = requests
        self._streams: list[asyncio.Task[None]] = []
        self._open: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> int:
        return len(self._open)

    async def __aenter__(self) -> Self:
        self.began = now()
        streams: tuple[tuple[Kind, float, Callable[[], Awaitable[Answer]]], ...]
        streams = (
            ("write", self.rates.writes, self._write),
            ("read", self.rates.reads, self._read),
            ("report", self.rates.reports, self._report),
        )
        self._streams = [
            asyncio.create_task(self._arrive(*stream))
            for stream in streams
            if stream[1]
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if problem is not None:
            await self._abandon()
        await self.stop()

    async def stop(self) -> None:
        """Stop new arrivals, wait for requests in flight; may be called twice.

        `ended` is when arrivals stopped; later responses fill no gap.
        """
        for stream in self._streams:
            stream.cancel()
        await asyncio.gather(*self._streams, return_exceptions=True)
        self.ended = self.ended or now()
        await asyncio.gather(*self._open)

    async def _abandon(self) -> None:
        """Cancel requests in flight; this run will not be judged."""
        for task in (*self._streams, *self._open):
            task.cancel()
        await asyncio.gather(*self._streams, *self._open, return_exceptions=True)

    async def wait_until_busy(self, requests: int, *, within_seconds: float) -> bool:
        """Wait, then return whether at least this many requests are in flight."""
        return await wait_until(
            lambda: self.in_flight >= requests,
            until=now() + within_seconds,
            every_seconds=_POLL_SECONDS,
        )

    def find_flaws(self) -> list[str]:
        """Return reasons why this load's results are invalid; empty if valid."""
        flaws = []
        if self.dropped:
            flaws.append(f"the load dropped {self.dropped} arrivals")
        lag = self.lag_seconds()
        if lag is not None and lag > _MOST_LAG_SECONDS:
            flaws.append(f"one in a hundred arrivals was {lag:.1f} s late or later")
        return flaws

    def lag_seconds(self) -> float | None:
        """Return the p99 of the load's own lag in seconds."""
        lags = [a.started - a.intended for a in self.attempts.all]
        return percentile(lags, 0.99) if lags else None

    async def _arrive(
        self, kind: Kind, rate: float, send: Callable[[], Awaitable[Answer]]
    ) -> None:
        chance = random.Random(f"{kind} {rate}")  # noqa: S311 - gaps, not secrets
        due = now()
        while True:
            due += chance.expovariate(rate)
            await asyncio.sleep(max(0.0, due - now()))
            if self.in_flight >= _MOST_IN_FLIGHT:
                self.dropped += 1
                continue
            task = asyncio.create_task(_attempt(self.attempts.start(kind, due), send))
            self._open.add(task)
            task.add_done_callback(self._open.discard)

    async def _write(self) -> Answer:
        return await self._client.submit(self._requests.write())

    async def _report(self) -> Answer:
        return await self._client.submit(self._requests.report())

    async def _read(self) -> Answer:
        headers = self._requests.read_headers()
        return await self._api.call("GET", "/events?limit=20", headers=headers)


async def _attempt(attempt: Attempt, send: Callable[[], Awaitable[Answer]]) -> None:
    try:
        answer = await send()
        if not answer.succeeded:
            attempt.failure = f"answered {answer.status}"
    except Unanswered as silence:
        attempt.failure = str(silence)
    finally:
        attempt.ended = now()
