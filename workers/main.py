"""The worker process: Dramatiq's threads around one event loop."""

import asyncio
import contextlib

from dramatiq import Worker

from api.kernel.logs import logger
from workers.actor import handlers
from workers.actors import ACTORS
from workers.broker import declare, open_broker
from workers.program import Program
from workers.runner import Runner

log = logger(__name__)

#: A rolling update gives 30 s between TERM and KILL: finish by then, or give back.
DRAIN_SECONDS = 20.0
#: What giving back may take after that.
RETURN_SECONDS = 5.0


async def serve_worker(program: Program) -> None:
    """Run jobs until a signal; then finish what runs, or give it back in time."""
    settings = program.settings
    runner = Runner(
        handlers(), worker=settings.instance, lease_seconds=settings.lease_seconds
    )
    broker = open_broker(settings.broker_url)
    declare(broker, handlers(), runner.run, asyncio.get_running_loop())
    worker = Worker(broker, worker_threads=settings.worker_threads)
    renewing = asyncio.create_task(runner.leases.keep())
    worker.start()
    log.info("worker started", actors=len(ACTORS), threads=settings.worker_threads)
    await program.stopped.wait()
    await _drain(worker, runner)
    await asyncio.to_thread(broker.close)
    renewing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await renewing


async def _drain(worker: Worker, runner: Runner) -> None:
    limit_milliseconds = int((DRAIN_SECONDS + RETURN_SECONDS) * 1000)
    stopping = asyncio.create_task(
        asyncio.to_thread(worker.stop, timeout=limit_milliseconds)
    )
    await asyncio.wait({stopping}, timeout=DRAIN_SECONDS)
    if not stopping.done():
        log.warning("giving running jobs back", jobs=len(runner.leases.running))
        runner.interrupt()
    await stopping
    log.info("worker stopped")
