"""Binding a handler to a message: one actor for each Message class."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from msgspec import Struct

from api.kernel.messages import Message

M = TypeVar("M", bound=Message)
Handle = Callable[[M], Awaitable[None]]


class Handler(Struct, frozen=True):
    """What runs a message, how often at most, and for how long at most."""

    message: type[Message]
    run: Callable[[Any], Awaitable[None]]
    max_attempts: int
    time_limit_seconds: float


class HandlerTwice(Exception):
    """Two handlers claim the same actor name."""

    def __init__(self, actor: str) -> None:
        super().__init__(f"{actor} has a handler already")
        self.actor = actor


_handlers: dict[str, Handler] = {}


def handles(
    message: type[M], *, max_attempts: int = 10, time_limit_seconds: float = 60.0
) -> Callable[[Handle[M]], Handle[M]]:
    """Register an async function as the handler of a message class.

    It runs inside `transaction(organization of the job)`, which also completes the job,
    so its writes happen once however often it starts. Missing, Conflict, Refused and
    Invalid end the job; anything else is tried again up to `max_attempts`. It must
    not block the event loop: a blocked loop renews no lease and the job is taken away.
    """

    def register(handle: Handle[M]) -> Handle[M]:
        if message.actor in _handlers:
            raise HandlerTwice(message.actor)
        _handlers[message.actor] = Handler(
            message, handle, max_attempts, time_limit_seconds
        )
        return handle

    return register


def handlers() -> dict[str, Handler]:
    """All handlers that were imported, by the name of their actor."""
    return dict(_handlers)
