"""Worker jobs on many events, with the cost of each transaction.

`python -m bench.variants.counting roll-up ORGANIZATION`, `… report ORGANIZATION ID` and
`… retire MONTH` call what the jobs call, each piece in a transaction as the worker's
role, and write one JSON list of pieces.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from api.events.service import months, reports, rollups
from api.kernel import database
from api.kernel.database import Database
from api.kernel.transactions import current, transaction
from api.settings import read_settings


class Piece(Struct, frozen=True):
    """One transaction: the amount processed, and the database's cost."""

    amount: int
    cpu_seconds: float
    wall_seconds: float


async def measure(
    organization: UUID | None, work: Callable[[], Awaitable[int]]
) -> Piece:
    """Run the work in one transaction; the cost includes the commit."""
    began = time.perf_counter()
    async with transaction(organization):
        clock = Path(f"/proc/{current().get_server_pid()}/schedstat")
        before = cpu_seconds(clock)
        amount = await work()
    return Piece(amount, cpu_seconds(clock) - before, time.perf_counter() - began)


def cpu_seconds(clock: Path) -> float:
    """Return the processor time of one backend of a Postgres on this machine."""
    return int(clock.read_text().split()[0]) / 1e9


async def roll_up(organization: str) -> list[Piece]:
    """Roll up until a job would not schedule another."""
    tenant = UUID(organization)
    pieces = []
    while True:
        piece = await measure(tenant, lambda: rollups.roll_up_events(tenant))
        pieces.append(piece)
        if piece.amount < rollups.TALLIES_PER_JOB:
            return pieces


async def report(organization: str, report_id: str) -> list[Piece]:
    """Build an ordered report; the amount is the number of events in it."""
    tenant, wanted = UUID(organization), UUID(report_id)

    async def build() -> int:
        await reports.build_report(wanted, now=datetime.now(UTC))
        built = await reports.find_report(wanted, organization=tenant)
        total: int = msgspec.json.decode(built.result)["total"] or 0
        return total

    return [await measure(tenant, build)]


async def retire(month: str) -> list[Piece]:
    """Retire a month; the last piece dropped it."""
    first = datetime.fromisoformat(month)
    pieces: list[Piece] = []

    async def clear() -> int:
        block = len(pieces) * months.BLOCKS_PER_JOB
        await months.retire_month(first, block=block)
        return int(first in await months.list_months())

    while not pieces or pieces[-1].amount:
        pieces.append(await measure(None, clear))
    return pieces


@asynccontextmanager
async def program() -> AsyncIterator[None]:
    """Open the database like a worker."""
    own = Database(msgspec.structs.replace(read_settings(), pool_min=0, pool_max=1))
    database.use(own)
    await own.start()
    try:
        yield
    finally:
        await own.stop()


async def run(what: str, *arguments: str) -> list[Piece]:
    """Run one of the three commands."""
    async with program():
        doings: dict[str, Callable[..., Any]]
        doings = {"roll-up": roll_up, "report": report, "retire": retire}
        pieces: list[Piece] = await doings[what](*arguments)
        return pieces


if __name__ == "__main__":
    done = asyncio.run(run(*sys.argv[1:]))
    sys.stdout.buffer.write(msgspec.json.encode(done))
