"""Polls from outside when each promised report is done, and how often it was built."""

import asyncio
from http import HTTPStatus

import msgspec
from msgspec import Struct

from chaos.api_client import ApiClient, Refused, Unanswered
from chaos.ledger.journal import Ledger
from chaos.timeline import now

_POLL_SECONDS = 0.25
_AT_ONCE = 4


class ReportView(Struct):
    """The platform's view of one report."""

    id: str
    state: str
    builds: int


class ReportWatcher:
    """Polls every acknowledged report until its fate is known.

    `done` holds when each was first seen done; `unknown` those that the primary does
    not know: they are no longer polled.
    """

    def __init__(self, api: ApiClient, ledger: Ledger) -> None:
        self._api = api
        self._ledger = ledger
        self.done: dict[str, float] = {}
        self.unknown: set[str] = set()

    @property
    def pending(self) -> list[str]:
        """Return acknowledged reports known and not seen done, oldest first."""
        settled = self.done.keys() | self.unknown
        return [report for report in self._ledger.reports if report not in settled]

    async def watch(self) -> None:
        """Poll until cancelled; a failed poll is repeated in the next round."""
        while True:
            await self.look()
            await asyncio.sleep(_POLL_SECONDS)

    async def drain(self, *, until: float) -> bool:
        """Return whether every report was settled by the time `until`."""
        while self.pending and now() < until:
            await self.look()
            await asyncio.sleep(_POLL_SECONDS)
        return not self.pending

    async def look(self) -> None:
        """Poll every pending report once."""
        few = asyncio.Semaphore(_AT_ONCE)

        async def ask(report_id: str) -> None:
            async with few:
                await self._ask(report_id)

        await asyncio.gather(*(ask(report) for report in self.pending))

    async def _ask(self, report_id: str) -> None:
        try:
            view = await find_report(self._api, report_id)
        except (Refused, Unanswered):
            return
        if view is None:
            self.unknown.add(report_id)
        elif view.state == "done":
            self.done[report_id] = now()


async def find_report(api: ApiClient, report_id: str) -> ReportView | None:
    """Return the report, or None when the platform does not know it.

    Raises Refused or Unanswered when the platform gives no usable response.
    """
    answer = await api.call("GET", f"/events/reports/{report_id}")
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    if answer.status != HTTPStatus.OK:
        raise Refused(f"a report answered {answer.status}: {answer.text[:200]}")
    return msgspec.json.decode(answer.content, type=ReportView)
