"""`python -m workers`: the worker, relay and scheduler, and the dead letters."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from api.kernel.errors import Unavailable
from api.settings import SettingsRefused, read_settings
from workers import main as programs
from workers.jobs.dead_letters import DeadLetter, list_dead, replay
from workers.program import database_in_use, run_program

T = TypeVar("T")

app = App(name="workers", help="Run jobs (without a command), relay or schedule them.")
dead = App(name="dead", help="Dead letters: jobs that ended without their effect.")
app.command(dead)


@app.default
def work() -> None:
    """Run jobs until TERM; then finish the running jobs or give them back."""
    run_program(programs.serve_worker)


@app.command
def relay() -> None:
    """Publish committed jobs to the broker, sweep, and export the queue gauges."""
    run_program(
        programs.serve_relay,
        service="holdfast-relay",
        connections=programs.RELAY_CONNECTIONS,
    )


@app.command(name="scheduler")
def schedule() -> None:
    """Put the jobs of due schedules."""
    run_program(
        programs.serve_scheduler,
        service="holdfast-scheduler",
        connections=programs.SCHEDULER_CONNECTIONS,
    )


@dead.command(name="list")
def show(
    *, limit: int = 50, as_json: Annotated[bool, Parameter(name="--json")] = False
) -> None:
    """List dead letters, the latest first."""
    letters = asyncio.run(_with_database(lambda: list_dead(limit)))
    if as_json:
        sys.stdout.write(msgspec.json.encode(letters).decode() + "\n")
        return
    Console().print(_table(letters) if letters else "No dead letters.")


@dead.command(name="replay")
def replay_dead(job: str) -> None:
    """Restart one dead job, or `all` of them. A repeated call changes nothing."""
    chosen = None if job == "all" else UUID(job)
    replayed = asyncio.run(_with_database(lambda: replay(chosen)))
    Console().print(f"{replayed} replayed")


def _table(letters: list[DeadLetter]) -> Table:
    table = Table("job", "actor", "tries", "leases lost", "died", "error", box=None)
    for one in letters:
        table.add_row(
            str(one.id),
            one.actor,
            str(one.attempt),
            str(one.lost),
            f"{one.finished_at:%Y-%m-%d %H:%M:%S}",
            one.error or "",
        )
    return table


async def _with_database(work: Callable[[], Awaitable[T]]) -> T:
    settings = msgspec.structs.replace(read_settings(), pool_min=0, pool_max=1)
    async with database_in_use(settings):
        return await work()


def main() -> None:
    """Run the command; a refused setting or an absent database prints one line."""
    try:
        app()
    except (SettingsRefused, Unavailable) as error:
        sys.stderr.write(f"workers: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
