"""Compares acknowledged writes with the platform's data."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from chaos.api_client import ApiClient
from chaos.ledger.journal import Ledger
from chaos.ledger.resolve import Resolution
from chaos.ledger.watcher import ReportView, ReportWatcher, find_report

PAGE = 200
_SHOWN = 5
_AT_ONCE = 4


class Audit(Struct, frozen=True, kw_only=True):
    """The ledger against the platform. Each field holds the keys it counts.

    `late` reports finished after the requested deadline; `unfinished` reports had not
    finished when the audit looked; they are not lost.
    """

    acknowledged: int
    lost: tuple[str, ...] = ()
    duplicate: tuple[str, ...] = ()
    ghost: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return the number of keys in each field, by name."""
        named = ("lost", "duplicate", "ghost", "late", "unfinished", "unresolved")
        sizes = {name: len(getattr(self, name)) for name in named}
        return {"acknowledged": self.acknowledged, **sizes}

    def examples(self) -> dict[str, list[str]]:
        """Return a few keys of each field that should be empty."""
        bad = ("lost", "duplicate", "unfinished", "unresolved")
        return {n: list(getattr(self, n)[:_SHOWN]) for n in bad if getattr(self, n)}


async def audit(
    api: ApiClient,
    ledger: Ledger,
    watcher: ReportWatcher,
    *,
    resolution: Resolution,
    deadline_seconds: float,
) -> Audit:
    """Count everything; only read from the platform. Raises Refused or Unanswered."""
    stored = await count_events(api)
    reports = await _read_reports(api, ledger.reports)
    unknown = [key for write in ledger.unknown for key in write.keys]
    return Audit(
        acknowledged=len(ledger.events) + len(ledger.reports),
        lost=tuple(
            [key for key in ledger.events if key not in stored]
            + [report for report, view in reports.items() if _never_built(view)]
        ),
        duplicate=tuple(
            [key for key, times in stored.items() if times > 1]
            + [report for report, view in reports.items() if view and view.builds > 1]
        ),
        ghost=resolution.ghosts,
        late=find_late(ledger, watcher, deadline_seconds=deadline_seconds),
        unfinished=tuple(
            report for report, view in reports.items() if view and view.state != "done"
        ),
        unresolved=(*resolution.unresolved, *unknown),
    )


async def find_unfinished(api: ApiClient, ledger: Ledger) -> tuple[str, ...]:
    """Return acknowledged reports that the platform knows and has not finished."""
    return _unfinished(await _read_reports(api, ledger.reports))


def find_late(
    ledger: Ledger, watcher: ReportWatcher, *, deadline_seconds: float
) -> tuple[str, ...]:
    """Return reports seen done later than the deadline after their promise."""
    return tuple(
        report
        for report, done in watcher.done.items()
        if done - ledger.reports[report].at > deadline_seconds
    )


async def count_events(api: ApiClient) -> Counter[str]:
    """Count how often each client id is stored, page by page from the primary."""
    stored: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        query: dict[str, Any] = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
        page = await api.fetch(f"/events?{urlencode(query)}")
        stored.update(event["client_id"] for event in page["data"])
        cursor = page["next_cursor"]
        if cursor is None:
            return stored


async def _read_reports(
    api: ApiClient, reports: Iterable[str]
) -> dict[str, ReportView | None]:
    few = asyncio.Semaphore(_AT_ONCE)

    async def read(report_id: str) -> tuple[str, ReportView | None]:
        async with few:
            return report_id, await find_report(api, report_id)

    return dict(await asyncio.gather(*(read(report) for report in reports)))


def _unfinished(reports: dict[str, ReportView | None]) -> tuple[str, ...]:
    return tuple(r for r, view in reports.items() if view and view.state != "done")


def _never_built(view: ReportView | None) -> bool:
    return view is None or (view.state == "done" and view.builds == 0)
