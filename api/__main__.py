"""`python -m api`: serve until a signal, then finish the requests in progress.

Each instance is one process: granian's embedded server shares the interpreter. There is
no supervisor process, metrics need no files, and signals arrive directly. The server
binds with SO_REUSEPORT, so two instances may share an address.
"""

import asyncio
import contextlib
import gc
import signal
import sys

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from api.app import Application, create_app
from api.kernel import logs
from api.kernel.instrumentation import instrument_process
from api.kernel.metrics import serve_metrics
from api.settings import Settings, SettingsRefused, read_settings

_YOUNG_OBJECTS = 10_000
log = logs.logger("api")  # __name__ is "__main__" here


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; a second signal ends at once."""
    application = create_app(settings)
    _tune_garbage_collection()
    server = Server(
        application,
        address=settings.bind.host,
        port=settings.bind.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=1024,
        log_enabled=False,
    )
    server.workers_kill_timeout = settings.stop_seconds
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if settings.metrics_bind is not None:
        serve_metrics(settings.metrics_bind)
    log.info("api_starting", address=str(settings.bind))
    serving = asyncio.create_task(server.serve())
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)
    await _drain(application, server, serving, settings)
    waiting.cancel()
    await serving


def _tune_garbage_collection() -> None:
    """Exclude permanent objects from garbage collection, and collect less often.

    One page of events creates enough objects for a collection, which would cost a list
    request a twentieth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 20)


async def _drain(
    application: Application,
    server: Server,
    serving: asyncio.Task[None],
    settings: Settings,
) -> None:
    """Report "not ready" for a while, then let the server finish; bounded in time."""
    application.drain.begin()
    log.info("api_draining", seconds=settings.drain_seconds)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(serving), settings.drain_seconds)
    server.stop()  # type: ignore[no-untyped-call]  # granian does not annotate it


def main() -> int:
    """Serve; exit code 0 after a signal, 1 server failure, 2 invalid settings."""
    try:
        settings = read_settings()
    except SettingsRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    logs.configure(level=settings.log_level, instance=settings.instance)
    with instrument_process(settings, service="holdfast-api"):
        uvloop.run(serve(settings))
    log.info("api_stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
