"""The broker of a program: which middleware, in which order, and why so little."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import dramatiq.worker
from dramatiq import Actor, Message
from dramatiq.middleware import Middleware

from workers.actor import Handler
from workers.connections import connect
from workers.middleware.stop_taking import StopTaking
from workers.wakeful import WakefulBroker

# Dramatiq's own middleware does in Redis what Postgres does here. Retries, AgeLimit,
# Callbacks and Pipelines would enqueue copies that a wipe loses; TimeLimit and
# Shutdown raise in a thread that only waits for the event loop; Prometheus counts
# messages, not jobs. In the order in which a worker meets them:
#   StopTaking  first, so that a draining worker fetches nothing while jobs finish

# Dramatiq rests 3 s after a broken connection and 5 s after a failed acknowledgement.
# A broker that is back must not be kept waiting.
dramatiq.worker.CONSUMER_RESTART_DELAY_SECS = 0.3
dramatiq.worker.POST_PROCESS_MESSAGE_RETRY_DELAY_SECS = 1


def middleware() -> list[Middleware]:
    """The list above, as objects."""
    return [StopTaking()]


def open_broker(url: str) -> WakefulBroker:
    """The broker at this Redis; touches the network on first use only."""
    return WakefulBroker(connect(url), middleware())


def declare(
    broker: WakefulBroker,
    handlers: dict[str, Handler],
    run: Callable[[UUID], Awaitable[None]],
    loop: asyncio.AbstractEventLoop,
) -> None:
    """Give every handler an actor whose message is a job id and nothing else.

    A Dramatiq thread only hands the id to the event loop and waits: threads bound how
    many jobs run at once. Dramatiq's AsyncIO middleware would do the same with a loop
    of its own, waking every thread ten times a second to look for interrupts.
    """

    def call(job: str) -> None:
        asyncio.run_coroutine_threadsafe(_run(run, UUID(job)), loop).result()

    for name, handler in handlers.items():
        Actor(
            call,
            broker=broker,
            actor_name=name,
            queue_name=handler.message.queue,
            priority=0,
            options={},
        )


def hint(job: UUID, fence: int, actor: str, queue: str) -> Message[None]:
    """The message that tells a worker about a job.

    The fence is part of its id in Redis: each attempt is published as a new message,
    and publishing one attempt twice adds nothing.
    """
    return Message(
        queue_name=queue,
        actor_name=actor,
        args=(str(job),),
        kwargs={},
        options={"redis_message_id": f"{job}.{fence}"},
        message_id=str(job),
    )


async def _run(run: Callable[[UUID], Awaitable[None]], job: UUID) -> None:
    await run(job)
