"""The cost of metrics and tracing per request: one request answered in three ways.

Without both; with metrics and one request in a hundred traced; with every request
traced. The request is an uncached list with a database that answers at
once, so that the difference is the cost of telemetry. Exporting the spans
is part of it. Prints processor microseconds of a request, medians of the rounds.
"""

import asyncio
import gc
import statistics
import sys
from time import process_time
from typing import Any

import msgspec
from litestar.types import HTTPScope
from opentelemetry.trace import Span, SpanKind

from api.edge.request_middleware import RequestMiddleware, start_request
from api.kernel import logs, tracing
from api.kernel.metrics import CACHE_REQUESTS, DB_COMPLEX
from api.kernel.otlp import make_exporter
from api.kernel.query_tracing import traced
from api.settings import Settings, read_settings

ROUNDS = 15
REQUESTS = 5_000
#: With every request traced: no more spans than the exporter's queue holds.
REQUESTS_TRACED = 500
SHARES = {"without": None, "sampled": 0.01, "every": 1.0}

_LIST = "SELECT id, type FROM events WHERE organization_id = $1 ORDER BY id LIMIT 50"
_READING = {"db.system.name": "redis", "db.operation.name": "MGET"}
_MISSED = CACHE_REQUESTS.labels("events", "miss")


class Unmeasured(RequestMiddleware):
    """The outermost layer without metrics and tracing."""

    def begin(self, scope: HTTPScope) -> tuple[list[tuple[bytes, bytes]], Span | None]:
        """Give the request its id."""
        return start_request(scope, None), None

    def finish(
        self, scope: HTTPScope, status: int, seconds: float, span: Span | None
    ) -> None:
        """Record nothing."""


async def answer_at_once() -> None:
    """Stand in for a database that needs no time."""


async def statement(query: str) -> None:
    """Run a statement like a traced connection."""
    command = answer_at_once()
    if tracing.current_span() is None:
        await command
    else:
        await traced(None, query, command)


async def send_answer(send: Any) -> None:  # noqa: ANN401 - ASGI's
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"[]", "more_body": False})


async def measured(_: Any, __: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
    """Answer a list: a look into the cache, the tenant's binding, the page."""
    with tracing.child_span("MGET", SpanKind.CLIENT, _READING):
        await answer_at_once()
    _MISSED.inc()
    await statement("SELECT set_config('app.organization', $1, false)")
    with DB_COMPLEX.time():
        await statement(_LIST)
    await send_answer(send)


async def unmeasured(_: Any, __: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
    """Do the same work without telemetry."""
    await answer_at_once()
    await answer_at_once()
    await answer_at_once()
    await send_answer(send)


async def receive() -> Any:  # noqa: ANN401 - ASGI's
    return {"type": "http.request", "body": b"", "more_body": False}


async def send_nowhere(_: Any) -> None:  # noqa: ANN401 - ASGI's
    """Stand in for a client that accepts everything."""


def request() -> Any:  # noqa: ANN401 - ASGI's
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "path": "/api/v1/events",
        "path_template": "/api/v1/events",
        "headers": [(b"host", b"bench"), (b"authorization", b"Bearer key")],
    }


async def play(app: RequestMiddleware, requests: int) -> None:
    """Answer the given number of requests, one after the other."""
    for _ in range(requests):
        await app(request(), receive, send_nowhere)


def take_round(settings: Settings, name: str) -> float:
    """Run one round of a variant; return processor microseconds per request."""
    share = SHARES[name]
    exporter = None if share is None else make_exporter(settings, service="bench")
    tracing.use(exporter, share or 0.0)
    app = Unmeasured(unmeasured) if share is None else RequestMiddleware(measured)
    requests = REQUESTS_TRACED if name == "every" else REQUESTS
    gc.collect()
    began = process_time()
    asyncio.run(play(app, requests))
    tracing.stop()
    spent = process_time() - began
    if exporter is not None and exporter.failing:
        sys.exit("the collector did not take the spans: what they cost is not known")
    return spent / requests * 1e6


def main() -> int:
    """Measure and print one line of JSON."""
    settings = read_settings()
    if not settings.otlp_endpoint:
        sys.exit("HOLDFAST_OTLP_ENDPOINT: is not set, so no span would be exported")
    logs.configure(level="CRITICAL", instance="bench")
    taken: dict[str, list[float]] = {name: [] for name in SHARES}
    for _ in range(ROUNDS):
        for name, seen in taken.items():
            seen.append(take_round(settings, name))
    medians = {name: statistics.median(seen[1:]) for name, seen in taken.items()}
    sys.stdout.write(msgspec.json.encode(medians).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
