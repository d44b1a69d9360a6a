"""The broker of a program: its actors, its hints, and why it has no middleware."""

from uuid import UUID

import dramatiq.worker
from dramatiq import Actor, Message

from workers.actor import Handler
from workers.connections import connect
from workers.wakeful import WakefulBroker

# Dramatiq's own middleware does in Redis what Postgres does here. Retries, AgeLimit,
# Callbacks and Pipelines would enqueue copies that a wipe loses; TimeLimit and
# Shutdown raise in threads that we do not have; Prometheus counts messages, not jobs.

# Dramatiq rests 3 s after a broken connection and 5 s after a failed acknowledgement.
# A broker that is back must not be kept waiting.
dramatiq.worker.CONSUMER_RESTART_DELAY_SECS = 0.3
dramatiq.worker.POST_PROCESS_MESSAGE_RETRY_DELAY_SECS = 1


def open_broker(url: str) -> WakefulBroker:
    """The broker at this Redis; touches the network on first use only."""
    return WakefulBroker(connect(url))


def declare(broker: WakefulBroker, handlers: dict[str, Handler]) -> None:
    """Give every handler an actor whose message is a job id and nothing else.

    Dramatiq knows by it which queues to consume and which messages are ours. It never
    calls the actor: the crew runs the job.
    """
    for name, handler in handlers.items():
        Actor(
            _run_by_the_crew,
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


def _run_by_the_crew(job: str) -> None:
    raise NotImplementedError(job)
