"""Natural group commit: while one group is being written, the next one gathers.

There is no timer. A lone request is written at once; under load the groups grow by
themselves. A caller is answered after its group's COMMIT, never before.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, Protocol, TypeVar

from msgspec import Struct
from opentelemetry.trace import Span

from api.events.errors import QueueFull
from api.kernel import tracing
from api.kernel.errors import OutcomeUnknown

# A little less than what the edge gives a request.
COMMIT_WAIT_SECONDS = 3.5


class Sized(Protocol):
    """Something that knows about how much memory it takes."""

    @property
    def size_bytes(self) -> int: ...


I = TypeVar("I", bound=Sized)  # noqa: E741 - items
O = TypeVar("O")  # noqa: E741 - outcomes


class Written(Struct, Generic[O], frozen=True):
    """What became of each item, in order, and where the log stood afterwards."""

    outcomes: list[O]
    position: str | None


class _Submission(Struct, Generic[I, O], eq=False):
    items: Sequence[I]
    size_bytes: int
    answer: asyncio.Future[Written[O]]
    span: Span | None


class GroupCommit(Generic[I, O]):
    """Gathers the items of many callers and writes each group in one go.

    `write` gets the items of one group, at most `group_items` unless one caller
    alone brings more; at most `writers` calls run at a time.
    """

    def __init__(
        self,
        write: Callable[[Sequence[I]], Awaitable[Written[O]]],
        *,
        writers: int = 1,
        group_items: int = 1_000,
        queue_bytes: int = 8 * 1024 * 1024,
    ) -> None:
        self._write = write
        self._writers = writers
        self._group_items = group_items
        self._room_bytes = queue_bytes
        self._waiting: deque[_Submission[I, O]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def submit(self, items: Sequence[I]) -> Written[O]:
        """Have the items written; returns once they are durable.

        Raises QueueFull, whatever `write` raises, and OutcomeUnknown when the answer
        takes too long. A caller that leaves takes nobody along.
        """
        size_bytes = sum(item.size_bytes for item in items)
        if size_bytes > self._room_bytes:
            raise QueueFull
        self._room_bytes -= size_bytes
        answer: asyncio.Future[Written[O]] = asyncio.get_running_loop().create_future()
        self._waiting.append(
            _Submission(items, size_bytes, answer, tracing.current_span())
        )
        self._start()
        try:
            async with asyncio.timeout(COMMIT_WAIT_SECONDS):
                return await answer
        except TimeoutError as error:
            raise OutcomeUnknown from error

    async def drain(self) -> None:
        """Wait until everything that was submitted is written."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _start(self) -> None:
        if not self._waiting or len(self._under_way) >= self._writers:
            return
        # A context of its own: a group belongs to no single request.
        task = asyncio.get_running_loop().create_task(self._flush(), context=Context())
        self._under_way.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._start()

    async def _flush(self) -> None:
        group = self._take()
        if not group:
            return
        items = [item for submission in group for item in submission.items]
        spans = [one.span for one in group if one.span is not None]
        facts = {"holdfast.group.items": len(items)}
        try:
            with tracing.batch_span(spans, "write group", facts):
                written = await self._write(items)
        except Exception as error:  # noqa: BLE001 - every caller must hear of it
            for submission in group:
                if not submission.answer.done():
                    submission.answer.set_exception(error)
            return
        start = 0
        for submission in group:
            end = start + len(submission.items)
            if not submission.answer.done():
                part = Written(written.outcomes[start:end], written.position)
                submission.answer.set_result(part)
            start = end

    def _take(self) -> list[_Submission[I, O]]:
        """Take the next group off the queue, without the callers that have left."""
        group: list[_Submission[I, O]] = []
        count = 0
        while self._waiting:
            submission = self._waiting[0]
            if group and count + len(submission.items) > self._group_items:
                break
            self._waiting.popleft()
            self._room_bytes += submission.size_bytes
            if not submission.answer.done():
                group.append(submission)
                count += len(submission.items)
        return group
