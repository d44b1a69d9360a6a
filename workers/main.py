"""The worker process: Dramatiq's consumers around one event loop."""

import asyncio
import contextlib

from api.kernel.logs import logger
from workers.actor import handlers
from workers.actors import ACTORS
from workers.broker import declare, open_broker
from workers.crew import Crew, employ
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
    declare(broker, handlers())
    crew = Crew(broker, runner.run, size=settings.worker_threads)
    worker = employ(crew)
    renewing = asyncio.create_task(runner.leases.keep())
    worker.start()
    log.info("worker started", actors=len(ACTORS), threads=settings.worker_threads)
    await program.stopped.wait()
    broker.draining.set()
    await _drain(crew, runner)
    await asyncio.to_thread(worker.stop)
    await asyncio.to_thread(broker.close)
    log.info("worker stopped")
    renewing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await renewing


async def _drain(crew: Crew, runner: Runner) -> None:
    """Let jobs finish; consumers only keep the heart beating meanwhile."""
    if not await crew.finish(DRAIN_SECONDS):
        log.warning("giving running jobs back", jobs=len(runner.leases.running))
        runner.interrupt()
        await crew.finish(RETURN_SECONDS)
