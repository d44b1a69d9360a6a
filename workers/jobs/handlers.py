"""Handlers: the function that runs a Message class, and its Dramatiq actor."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from dramatiq import Actor, Broker
from msgspec import Struct

from api.kernel.messages import Message

M = TypeVar("M", bound=Message)
Handle = Callable[[M], Awaitable[None]]


class Handler(Struct, frozen=True):
    """The function of a message class, with its attempt and time limits."""

    message: type[Message]
    run: Callable[[Any], Awaitable[None]]
    max_attempts: int
    time_limit_seconds: float


class DuplicateHandler(Exception):
    """Two handlers claim the same actor name."""

    def __init__(self, actor: str) -> None:
        super().__init__(f"{actor} has a handler already")
        self.actor = actor


_handlers: dict[str, Handler] = {}


def handles(
    message: type[M], *, max_attempts: int = 10, time_limit_seconds: float = 60.0
) -> Callable[[Handle[M]], Handle[M]]:
    """Register an async function as the handler of a message class.

    The function runs inside `transaction(organization of the job)`, which also
    completes the job, so its writes happen once however often it starts. Missing,
    Conflict, Refused and Invalid end the job; any other error is retried up to
    `max_attempts`. The function must not block the event loop: a blocked loop renews no
    lease, and the job is lost to another worker. Raises DuplicateHandler.
    """

    def register(handle: Handle[M]) -> Handle[M]:
        if message.actor in _handlers:
            raise DuplicateHandler(message.actor)
        _handlers[message.actor] = Handler(
            message, handle, max_attempts, time_limit_seconds
        )
        return handle

    return register


def handlers() -> dict[str, Handler]:
    """Return the handlers of all imported modules by actor name."""
    return dict(_handlers)


def declare_actors(
    broker: Broker, handlers: dict[str, Handler], run: Callable[[UUID], Awaitable[None]]
) -> None:
    """Declare a Dramatiq actor for each handler; its one argument is a job's id.

    The actor's body is `run`, which claims the job and calls the handler.
    """

    async def run_job(job: str) -> None:
        await run(UUID(job))

    for name, handler in handlers.items():
        Actor[[str], None](
            run_job,
            broker=broker,
            actor_name=name,
            queue_name=handler.message.queue,
            priority=0,
            options={},
        )
