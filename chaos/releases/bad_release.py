"""Run in a pod of the API: the API, with one request in twenty failing inside it.

Nothing of this repository may be imported by name: this file is copied into the pod
and is not part of its package there.
"""

import importlib
import os
import runpy
import sys
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Final

EVERY: Final = 20
"""One request in this many fails, health pages excepted."""

Send = Callable[[Any], Awaitable[None]]


class Broken(Exception):
    """The error that this release raises on purpose."""


def spoil(layer: type) -> None:
    """Make one of EVERY requests through `layer` fail with an error."""
    answer = layer.__call__
    numbers = count(1)

    async def spoilt(
        self: object, scope: dict[str, Any], receive: Send, send: Send
    ) -> None:
        counts = scope["type"] == "http" and not scope["path"].startswith("/health")
        if counts and next(numbers) % EVERY == 0:
            raise Broken
        await answer(self, scope, receive, send)

    layer.__call__ = spoilt  # type: ignore[method-assign]


def main() -> None:
    """Break the layer inside the request metrics, then run the API."""
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as `python -m` does
    spoil(importlib.import_module("api.edge.authentication").Authentication)
    runpy.run_module("api", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
