"""The same actors for Dramatiq's own command line.

`python -m dramatiq workers.dramatiq_app:use_broker` runs them. Each job blocks one of
Dramatiq's threads, so a job costs more processor time than with `python -m workers`.
"""

import asyncio
import sys
from collections.abc import Coroutine
from contextlib import AsyncExitStack, ExitStack

import dramatiq
from dramatiq import Broker, Worker
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import AsyncIO, Middleware

from api.kernel.logs import logger
from api.settings import Settings, read_settings
from workers.actors import ACTORS
from workers.delivery.broker import BlockingRedisBroker, open_broker
from workers.jobs.handlers import declare_actors, handlers
from workers.jobs.runner import Runner
from workers.program import database_in_use, instrumented

log = logger(__name__)


class JobRuntime(Middleware):
    """Opens the database and renews leases on the event loop of Dramatiq's AsyncIO."""

    def __init__(self, settings: Settings, runner: Runner) -> None:
        self.settings = settings
        self.runner = runner
        self._instrumentation = ExitStack()
        self._resources = AsyncExitStack()

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Open the resources. Exit on a failure, which Dramatiq would only log."""
        del broker
        try:
            self._instrumentation.enter_context(
                instrumented(self.settings, service="holdfast-worker")
            )
            _run(self._open())
        except Exception:
            log.exception("worker_not_started")
            sys.exit(1)
        log.info("worker_started", actors=len(ACTORS), threads=worker.worker_threads)

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Stop fetching while the running jobs finish."""
        del worker
        if isinstance(broker, BlockingRedisBroker):
            broker.draining.set()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Close the resources, before AsyncIO stops the event loop."""
        del broker, worker
        _run(self._resources.aclose())
        log.info("worker_stopped")
        self._instrumentation.close()

    async def _open(self) -> None:
        await self._resources.enter_async_context(database_in_use(self.settings))
        renewing = asyncio.create_task(self.runner.leases.renew_forever())
        self._resources.callback(renewing.cancel)


def _run(coroutine: Coroutine[object, object, None]) -> None:
    thread = get_event_loop_thread()
    if thread is None:
        raise RuntimeError("AsyncIO must come before JobRuntime in the middleware")
    thread.run_coroutine(coroutine)


def use_broker() -> None:
    """Make the broker, with an actor for each imported handler, Dramatiq's own.

    Raises SettingsRefused.
    """
    dramatiq.set_broker(make_broker())


def make_broker() -> BlockingRedisBroker:
    """Return a broker with an actor for each imported handler."""
    settings = read_settings()
    runner = Runner(
        handlers(), worker=settings.instance, lease_seconds=settings.lease_seconds
    )
    broker = open_broker(
        settings.broker_url, middleware=[AsyncIO(), JobRuntime(settings, runner)]
    )
    declare_actors(broker, handlers(), runner.run)
    return broker
