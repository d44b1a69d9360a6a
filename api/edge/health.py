"""Liveness and readiness of this instance.

Liveness touches no dependency. Readiness checks each dependency and reports the reason
of a failure. Without the database the instance is down; without broker or cache it is
degraded and still serves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from msgspec import Struct

from api.edge.permissions import public
from api.kernel.errors import Unavailable

Check = Callable[[], Awaitable[None]]

_CHECK_SECONDS = 1.0


class Drain:
    """Whether this instance has begun to shut down, so that it reports "not ready"."""

    def __init__(self) -> None:
        self.begun = False

    def begin(self) -> None:
        """Report "not ready" from now on."""
        self.begun = True


class DependencyView(Struct, frozen=True):
    """State of one dependency, with the reason when it is down."""

    state: Literal["up", "down"]
    why: str | None = None


class LiveView(Struct, frozen=True):
    """The process responds."""

    status: Literal["live"] = "live"


class ReadyView(Struct, frozen=True):
    """Whether this instance accepts requests."""

    status: Literal["ready", "degraded", "draining", "down"]
    dependencies: dict[str, DependencyView]


class HealthChecks(Struct, frozen=True):
    """One check for each dependency; a failed optional one only degrades."""

    required: Mapping[str, Check]
    optional: Mapping[str, Check]
    drain: Drain

    async def run(self) -> ReadyView:
        """Run all checks concurrently."""
        checks = {**self.required, **self.optional}
        results = await asyncio.gather(*(_run(check) for check in checks.values()))
        states = dict(zip(checks, results, strict=True))
        if self.drain.begun:
            return ReadyView("draining", states)
        if any(states[name].state == "down" for name in self.required):
            return ReadyView("down", states)
        all_up = all(one.state == "up" for one in results)
        return ReadyView("ready" if all_up else "degraded", states)


async def _run(check: Check) -> DependencyView:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except TimeoutError:
        return DependencyView("down", f"no answer within {_CHECK_SECONDS:g} s")
    except Unavailable as failure:
        return DependencyView("down", failure.message)
    return DependencyView("up")


class HealthController(Controller):
    """Probes for supervisors and load balancers."""

    path = "/health"
    tags = ("health",)

    @get("/live", operation_id="showLive", guards=[public()])
    async def live(self) -> LiveView:
        """Report that the process responds; checks no dependency."""
        return LiveView()

    @get("/ready", operation_id="showReady", guards=[public()])
    async def ready(
        self, checks: NamedDependency[SkipValidation[HealthChecks]]
    ) -> Response[ReadyView]:
        """Report whether to send requests here, and which dependencies are down."""
        view = await checks.run()
        serving = view.status in {"ready", "degraded"}
        return Response(view, status_code=200 if serving else 503)
