"""Whether this instance lives, and whether it can serve.

Live touches nothing. Ready asks each dependency, briefly, and says why not: without
the database there is no service; without broker or cache there is, only slower.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from msgspec import Struct

from api.edge.drain import Drain
from api.edge.permissions import public
from api.kernel.errors import Unavailable

Ask = Callable[[], Awaitable[None]]
_ASK_SECONDS = 1.0


class DependencyView(Struct, frozen=True):
    """One dependency: whether it answers, and if not, why."""

    state: Literal["up", "down"]
    why: str | None = None


class LiveView(Struct, frozen=True):
    """The process answers."""

    status: Literal["live"] = "live"


class ReadyView(Struct, frozen=True):
    """Whether requests should be sent here."""

    status: Literal["ready", "degraded", "draining", "down"]
    dependencies: dict[str, DependencyView]


class Checks(Struct, frozen=True):
    """How to ask each dependency; whatever is not needed only degrades."""

    needed: Mapping[str, Ask]
    helpful: Mapping[str, Ask]
    drain: Drain

    async def look(self) -> ReadyView:
        """Ask all of them at once."""
        asked = {**self.needed, **self.helpful}
        answers = await asyncio.gather(*(_look(ask) for ask in asked.values()))
        found = dict(zip(asked, answers, strict=True))
        if self.drain.begun:
            return ReadyView("draining", found)
        if any(found[name].state == "down" for name in self.needed):
            return ReadyView("down", found)
        whole = all(one.state == "up" for one in answers)
        return ReadyView("ready" if whole else "degraded", found)


async def _look(ask: Ask) -> DependencyView:
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            await ask()
    except TimeoutError:
        return DependencyView("down", f"no answer within {_ASK_SECONDS:g} s")
    except Unavailable as away:
        return DependencyView("down", away.message)
    return DependencyView("up")


class HealthController(Controller):
    """For supervisors and load balancers."""

    path = "/health"
    tags = ("health",)

    @get("/live", operation_id="showLive", guards=[public()])
    async def live(self) -> LiveView:
        """Tell that the process answers; touches nothing else."""
        return LiveView()

    @get("/ready", operation_id="showReady", guards=[public()])
    async def ready(
        self, checks: NamedDependency[SkipValidation[Checks]]
    ) -> Response[ReadyView]:
        """Tell whether requests should be sent here, and which dependency is away."""
        view = await checks.look()
        serving = view.status in {"ready", "degraded"}
        return Response(view, status_code=200 if serving else 503)
