"""Events that look like what tools report."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from loadtests.chance import DRAW

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


def sample_event(
    before: datetime, *, spread: timedelta = timedelta(0)
) -> dict[str, Any]:
    """One event as the API takes it, up to `spread` before `before`; a new id each."""
    happened = before - spread * DRAW.random()
    return {
        "client_id": uuid4().hex,
        "type": DRAW.choice(TYPES),
        "occurred_at": happened.isoformat(),
        "tool": DRAW.choice(_TOOLS),
        "actor": DRAW.choice(_ACTORS),
        "properties": {"branch": "main", "seconds": DRAW.randrange(600)},
    }
