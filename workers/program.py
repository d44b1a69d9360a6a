"""The environment of every program: settings, logs, metrics, database and signals."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvloop
from msgspec.structs import replace

from api.kernel import database, logs, metrics
from api.kernel.database import Database
from api.kernel.instrumentation import instrument_process
from api.kernel.logs import logger
from api.settings import Settings, read_settings

log = logger(__name__)


@dataclass(frozen=True)
class Program:
    """A started program: its settings, and the event that a signal sets."""

    settings: Settings
    stopped: asyncio.Event


def run_program(
    serve: Callable[[Program], Awaitable[None]],
    *,
    service: str = "holdfast-worker",
    connections: int | None = None,
) -> None:
    """Run `serve`, which returns soon after `stopped` is set.

    `service` is the program's name in traces. `connections` bounds its database pool
    below the settings' maximum. Raises SettingsRefused for an incomplete environment.
    """
    settings = read_settings()
    if connections is not None:
        settings = replace(settings, pool_min=1, pool_max=connections)
    with instrumented(settings, service=service):
        uvloop.run(_run(settings, serve))


@contextmanager
def instrumented(settings: Settings, *, service: str) -> Iterator[None]:
    """Write logs, serve metrics, export spans and report crashes during the block."""
    logs.configure(level=settings.log_level, instance=settings.instance)
    if settings.metrics_bind is not None:
        metrics.serve_metrics(settings.metrics_bind)
    with instrument_process(settings, service=service):
        yield


@asynccontextmanager
async def database_in_use(settings: Settings) -> AsyncIterator[None]:
    """Open the pools that `transaction()` uses during the block."""
    own = Database(settings)
    database.use(own)
    await own.start()
    try:
        yield
    finally:
        await own.stop()


async def _run(settings: Settings, serve: Callable[[Program], Awaitable[None]]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    async with database_in_use(settings):
        log.info("program_started", serves=serve.__name__)
        await serve(Program(settings, stopped))


async def until_stopped(program: Program, *works: Awaitable[None]) -> None:
    """Run endless coroutines together until a signal; the first failure ends all."""
    tasks = [asyncio.ensure_future(work) for work in works]
    stopped = asyncio.ensure_future(program.stopped.wait())
    try:
        done, _ = await asyncio.wait(
            {stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED
        )
        for task in done - {stopped}:
            task.result()
    finally:
        for task in (stopped, *tasks):
            task.cancel()
        await asyncio.gather(stopped, *tasks, return_exceptions=True)
