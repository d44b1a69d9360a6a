"""The requests of the load: small events, batches, reports, lists."""

import random
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from chaos.ledger.entries import Write

BATCH = 10
_TYPES = ("build.finished", "deploy.started", "editor.saved", "test.failed")
_READS: tuple[dict[str, str], ...] = ({}, {"Read-After": "any"})


class Requests:
    """Makes requests without repeating a key; equal seeds make equal requests."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self._name = name
        self._chance = chance
        self._numbers = count(1)

    def write(self) -> Write:
        """Return one event or, one time in ten, a batch."""
        if self._chance.random() < 1 / BATCH:
            events = [self._event() for _ in range(BATCH)]
            keys = tuple(event["client_id"] for event in events)
            return Write(kind="batch", keys=keys, body={"events": events})
        event = self._event()
        return Write(kind="event", keys=(event["client_id"],), body=event)

    def report(self) -> Write:
        """Return a report of the last hour."""
        until = datetime.now(UTC)
        body = {
            "from": (until - timedelta(hours=1)).isoformat(),
            "to": until.isoformat(),
        }
        return Write(kind="report", keys=(self._key(),), body=body)

    def read_headers(self) -> dict[str, str]:
        """Return headers: half of the reads need the primary, half any replica."""
        return self._chance.choice(_READS)

    def _event(self) -> dict[str, Any]:
        return {
            "client_id": self._key(),
            "type": self._chance.choice(_TYPES),
            "occurred_at": datetime.now(UTC).isoformat(),
            "tool": "chaos",
            "properties": {"size": self._chance.randrange(1000)},
        }

    def _key(self) -> str:
        return f"{self._name}-{next(self._numbers)}"
