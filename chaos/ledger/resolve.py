"""Settles writes whose fate is unknown by sending them again, unchanged."""

import asyncio
from http import HTTPStatus
from uuid import UUID

from msgspec import Struct

from chaos.api_client import Unanswered
from chaos.http_client import Answer
from chaos.ledger.client import LedgerClient, acknowledges, record, stored_status
from chaos.ledger.entries import Write
from chaos.ledger.journal import Ledger
from chaos.timeline import now

RESOLVE_SECONDS = 60.0
_PAUSE_SECONDS = 0.2


class Resolution(Struct, frozen=True):
    """Keys that raised an error but existed (allowed), and keys that stayed unknown."""

    ghosts: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()


async def resolve(client: LedgerClient, ledger: Ledger) -> Resolution:
    """Replay every unknown write until it is acknowledged or RESOLVE_SECONDS pass.

    Acknowledged replays enter the ledger like any other write.
    """
    writes, ledger.unknown = ledger.unknown, []
    began = now()
    ghosts: list[str] = []
    unresolved: list[str] = []
    for write in writes:
        open_keys = [key for key in write.keys if key not in ledger.events]
        answer = await _replay(client, write, until=began + RESOLVE_SECONDS)
        if answer is None or not record(ledger, write, answer):
            unresolved += [key for key in open_keys if key not in ledger.events]
        if answer is not None:
            existed = _existed(write, answer, began)
            ghosts += [key for key in open_keys if key in existed]
    return Resolution(ghosts=tuple(ghosts), unresolved=tuple(unresolved))


async def _replay(client: LedgerClient, write: Write, *, until: float) -> Answer | None:
    while True:
        try:
            answer = await client.replay(write)
        except Unanswered:
            answer = None
        if answer is not None and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return answer
        if now() >= until:
            return None
        await asyncio.sleep(_PAUSE_SECONDS)


def _existed(write: Write, answer: Answer, began: float) -> set[str]:
    if not acknowledges(write, answer):
        return set()
    if write.kind == "report":
        born = _birth(answer.json()["id"])
        return set(write.keys) if born < began else set()
    statuses = stored_status(write, answer)
    return {key for key, status in statuses.items() if status == "duplicate"}


def _birth(report_id: str) -> float:
    """Return the creation time in a version 7 id: its first bits, in milliseconds."""
    return (UUID(report_id).int >> 80) / 1000
