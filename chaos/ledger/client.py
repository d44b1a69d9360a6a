"""The client that writes through the API and records the responses."""

from http import HTTPStatus

import msgspec
from msgspec import Struct

from chaos.api_client import ApiClient, Unanswered
from chaos.http_client import Answer
from chaos.ledger.entries import Kind, Write
from chaos.ledger.journal import Ledger


class _Stored(Struct):
    client_id: str
    status: str


class _Results(Struct):
    results: list[_Stored]


class _Promised(Struct):
    id: str


_EXPECTED: dict[Kind, frozenset[int]] = {
    "event": frozenset({HTTPStatus.CREATED, HTTPStatus.OK}),
    "batch": frozenset({HTTPStatus.OK}),
    "report": frozenset({HTTPStatus.ACCEPTED}),
}
_STORED = frozenset({"accepted", "duplicate"})


class LedgerClient:
    """Sends each write once; records its fate before the caller knows it."""

    def __init__(self, api: ApiClient, ledger: Ledger) -> None:
        self._api = api
        self._ledger = ledger

    async def submit(self, write: Write) -> Answer:
        """Send and record; raises Unanswered, recorded as unknown."""
        try:
            answer = await self.replay(write)
        except Unanswered as silence:
            self._ledger.leave_unknown(write, str(silence))
            raise
        if not record(self._ledger, write, answer):
            reason = f"answered {answer.status}: {answer.text[:200]}"
            self._ledger.leave_unknown(write, reason)
        return answer

    async def replay(self, write: Write) -> Answer:
        """Send the write again unchanged; raises Unanswered."""
        return await self._api.call(
            "POST", write.path, body=write.body, headers=write.headers
        )


def record(ledger: Ledger, write: Write, answer: Answer) -> bool:
    """Record the acknowledged part; return False if that is not the whole write."""
    if not acknowledges(write, answer):
        return False
    if write.kind == "report":
        promised = msgspec.json.decode(answer.content, type=_Promised)
        ledger.acknowledge_report(write, promised.id)
        return True
    stored = tuple(stored_status(write, answer))
    ledger.acknowledge_events(write, stored)
    return len(stored) == len(write.keys)


def acknowledges(write: Write, answer: Answer) -> bool:
    """Return whether the platform took the write; of a batch, perhaps not all."""
    return answer.status in _EXPECTED[write.kind]


def stored_status(write: Write, answer: Answer) -> dict[str, str]:
    """Return accepted or duplicate for each client id stored per the response."""
    if write.kind == "event":
        return {write.keys[0]: str(answer.json()["status"])}
    batch = msgspec.json.decode(answer.content, type=_Results)
    return {i.client_id: i.status for i in batch.results if i.status in _STORED}
