"""The three programs: worker, relay and scheduler. Several of each may run."""

import asyncio
import contextlib

from api.kernel.logs import logger
from workers.actors import ACTORS
from workers.backoff import jittered, repeat
from workers.delivery.broker import open_broker
from workers.delivery.relay import Relay
from workers.gauges import Gauges
from workers.jobs.executor import JobExecutor, make_worker
from workers.jobs.handlers import declare_actors, handlers
from workers.jobs.runner import Runner
from workers.jobs.sweep import Sweep
from workers.program import Program, until_stopped
from workers.schedule.entries import SCHEDULE
from workers.schedule.scheduler import put_jobs_forever

log = logger(__name__)

#: A rolling update allows 30 s between TERM and KILL. Jobs finish within this time or
#: are given back.
DRAIN_SECONDS = 20.0
#: The time to give the remaining jobs back after that.
RETURN_SECONDS = 5.0
MEASURE_SECONDS = 5.0
#: Listening, publishing, sweeping, measuring.
RELAY_CONNECTIONS = 4
SCHEDULER_CONNECTIONS = 2


async def serve_worker(program: Program) -> None:
    """Run jobs until a signal; then finish the running jobs or give them back."""
    settings = program.settings
    runner = Runner(
        handlers(), worker=settings.instance, lease_seconds=settings.lease_seconds
    )
    broker = open_broker(settings.broker_url)
    declare_actors(broker, handlers(), runner.run)
    executor = JobExecutor(broker, size=settings.worker_threads)
    worker = make_worker(executor)
    renewing = asyncio.create_task(runner.leases.renew_forever())
    worker.start()
    log.info("worker_started", actors=len(ACTORS), threads=settings.worker_threads)
    await program.stopped.wait()
    broker.draining.set()
    await _drain(executor, runner)
    await asyncio.to_thread(worker.stop)
    await asyncio.to_thread(broker.close)
    log.info("worker_stopped")
    renewing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await renewing


async def serve_relay(program: Program) -> None:
    """Publish, sweep and measure until a signal.

    Without sweep seconds in the settings a job that Redis loses is never recovered.
    """
    settings = program.settings
    broker = open_broker(settings.broker_url)
    relay = Relay(broker, poll_seconds=settings.relay_poll_seconds)
    gauges = Gauges()
    works = [
        relay.listener.listen(),
        relay.publish_forever(),
        repeat(gauges.measure_queues, lambda: jittered(MEASURE_SECONDS)),
        repeat(gauges.measure_replication, lambda: jittered(MEASURE_SECONDS)),
    ]
    if settings.sweep_seconds:
        sweep = Sweep(relay)
        works.append(repeat(sweep.run, lambda: jittered(settings.sweep_seconds)))
    try:
        await until_stopped(program, *works)
    finally:
        broker.close()


async def serve_scheduler(program: Program) -> None:
    """Put the jobs of due schedules until a signal."""
    await until_stopped(program, put_jobs_forever(SCHEDULE))


async def _drain(executor: JobExecutor, runner: Runner) -> None:
    """Let jobs finish; the consumers only send heartbeats meanwhile."""
    if not await executor.finish(DRAIN_SECONDS):
        log.warning("jobs_given_back", jobs=len(runner.leases.running))
        runner.interrupt()
        await executor.finish(RETURN_SECONDS)
