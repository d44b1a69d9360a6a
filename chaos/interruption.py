"""SIGINT and SIGTERM: both cancel the run once, so that its fault is undone."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class Interrupted(Exception):
    """A signal ended the run; its fault is undone."""


def run_undoing(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` to its end; raises Interrupted after SIGINT or SIGTERM.

    Only the first signal counts: undoing is bounded in time and must not be cut off.
    """
    try:
        return asyncio.run(_cancel_once(work))
    except asyncio.CancelledError as cancelled:
        raise Interrupted from cancelled


async def _cancel_once(work: Coroutine[Any, Any, Result]) -> Result:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    signalled: list[signal.Signals] = []

    def cancel(number: signal.Signals) -> None:
        if not signalled:
            task.cancel()
        signalled.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, cancel, number)
    return await task
