"""The ledger: appended to a file, outside the platform, during the run."""

from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from chaos.ledger.entries import Acknowledged, Entry, Write
from chaos.timeline import now


class Ledger:
    """Every acknowledged write, and every write whose fate is unknown.

    Each line is handed to the file before any caller acts on the response.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.events: dict[str, float] = {}
        self.reports: dict[str, Acknowledged] = {}
        self.unknown: list[Write] = []
        self._file = path.open("wb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def acknowledge_events(self, write: Write, keys: tuple[str, ...]) -> None:
        entry = self._append(write, keys, acknowledged=True)
        for key in keys:
            self.events.setdefault(key, entry.at)

    def acknowledge_report(self, write: Write, report_id: str) -> None:
        entry = self._append(write, (report_id,), acknowledged=True)
        acknowledged = Acknowledged(id=report_id, key=write.keys[0], at=entry.at)
        self.reports.setdefault(report_id, acknowledged)

    def leave_unknown(self, write: Write, reason: str) -> None:
        """Record a write without a usable response: it may be stored or not."""
        self._append(write, (reason,), acknowledged=False)
        self.unknown.append(write)

    def _append(
        self, write: Write, told: tuple[str, ...], *, acknowledged: bool
    ) -> Entry:
        entry = Entry(
            at=now(),
            kind=write.kind,
            keys=write.keys,
            acknowledged=acknowledged,
            told=told,
        )
        self._file.write(msgspec.json.encode(entry) + b"\n")
        return entry
