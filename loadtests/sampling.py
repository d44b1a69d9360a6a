"""The random choices of a run: when requests start, and the events that they send."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

RNG = random.Random()  # noqa: S311 - arrivals and samples, not secrets
"""The generator of this process; the engine seeds it, so that a run can be repeated."""
TYPES = (
    "build.finished",
    "build.started",
    "commit.pushed",
    "deploy.finished",
    "review.requested",
    "test.failed",
    "test.passed",
)
_TOOLS = ("ci", "editor", "git", "pager", "shell")
_ACTORS = ("ada", "edsger", "grace", "linus", "margaret")


def arrival_schedule(
    *, rate_per_second: float, seconds: float, rng: random.Random
) -> Iterator[float]:
    """Yield start offsets in seconds, ascending, all below `seconds`.

    A Poisson process with exponential gaps: the server's speed never moves a start.
    """
    at = rng.expovariate(rate_per_second)
    while at < seconds:
        yield at
        at += rng.expovariate(rate_per_second)


def sample_event(
    before: datetime, *, spread: timedelta = timedelta(0)
) -> dict[str, Any]:
    """Return a new event in the API's format, up to `spread` before `before`."""
    happened = before - spread * RNG.random()
    return {
        "client_id": uuid4().hex,
        "type": RNG.choice(TYPES),
        "occurred_at": happened.isoformat(),
        "tool": RNG.choice(_TOOLS),
        "actor": RNG.choice(_ACTORS),
        "properties": {"branch": "main", "seconds": RNG.randrange(600)},
    }
