"""Our broker and executor around a job that does nothing.

`python -m bench.variants.delivery work URL RECORD` and `… put URL`, as the peers. Only
delivery is compared, without Postgres, because the peers do nothing else.
"""

import asyncio
import os
import signal
import sys
from typing import ClassVar
from uuid import UUID

from api.kernel.messages import Message
from bench.peers.starts import answer_orders, note_start
from workers.delivery.broker import open_broker
from workers.delivery.publications import notification
from workers.jobs.executor import JobExecutor, make_worker
from workers.jobs.handlers import Handler, declare_actors

AT_ONCE = 8


class DoNothing(Message, frozen=True):
    """A message without a payload: the broker carries only the id of its job."""

    actor: ClassVar[str] = "bench.do_nothing"


async def work(url: str, record: int) -> None:
    """Run a worker without claims and handlers until TERM."""

    async def run(job: UUID) -> None:
        note_start(record, job.int)

    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    broker = open_broker(url)
    handlers = {DoNothing.actor: Handler(DoNothing, do_nothing, 1, 1)}
    declare_actors(broker, handlers, run)
    worker = make_worker(JobExecutor(broker, size=AT_ONCE))
    worker.start()
    await stopped.wait()
    await asyncio.to_thread(worker.stop)
    broker.close()


async def do_nothing(_: DoNothing) -> None:
    """Stand in for a handler; it is never called, because no job is claimed."""


def put(url: str) -> None:
    """Publish messages one by one, which is the relay's slowest case."""
    broker = open_broker(url)
    broker.declare_queue(DoNothing.queue)

    def publish(number: int) -> None:
        message = notification(UUID(int=number), 0, DoNothing.actor, DoNothing.queue)
        broker.publish(DoNothing.queue, [message])

    answer_orders(publish)
    broker.close()


if __name__ == "__main__":
    if sys.argv[1] == "work":
        asyncio.run(work(sys.argv[2], os.open(sys.argv[3], os.O_WRONLY)))
    else:
        put(sys.argv[2])
