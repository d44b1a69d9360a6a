"""Turns Locust's request events into a tally."""

import os
import time
from collections.abc import Callable
from typing import Any

from loadtests.plan import Plan
from loadtests.tally import Tally


class Recorder:
    """Counts every request; measures those whose intended start is in the window."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tally = Tally()
        self.window = (0.0, float("inf"))
        self.began = (0.0, 0.0)

    def open_window(self, started: float) -> None:
        """Set the measured window from the epoch second at which the run started."""
        opens = started + self.plan.warm_up_seconds
        self.window = (opens, opens + self.plan.measured_seconds)
        self.began = (time.process_time(), time.monotonic())

    def close_window(self) -> None:
        """Note what the generator itself used, and whether it could go first."""
        used, began = self.began
        self.tally.cpu_seconds = time.process_time() - used
        self.tally.wall_seconds = time.monotonic() - began
        self.tally.goes_first = os.sched_getscheduler(0) == os.SCHED_RR

    def measures(self, intended: float) -> bool:
        """Whether an intended start (epoch seconds) lies in the measured window."""
        return self.window[0] <= intended < self.window[1]

    def record(  # noqa: PLR0913 - the arguments of Locust's request event
        self,
        *,
        request_type: str,
        name: str,
        response_time: float,
        start_time: float,
        context: dict[str, Any],
        exception: BaseException | None,
        response: Any = None,  # noqa: ANN401 - Locust's own type
        **_rest: object,
    ) -> None:
        """Listener of `events.request`; `response_time` is in milliseconds."""
        route = f"{request_type} {name}"
        status = getattr(response, "status_code", 0)
        (self.tally.answered if status else self.tally.unanswered)[route] += 1
        if exception is not None:
            self.tally.note(f"{route}: {exception}"[:300])
        service = response_time / 1000
        intended = context.get("intended") or start_time
        if self.measures(intended):
            self.tally.lag.record(max(0.0, start_time - intended))
            self._measure(
                route, intended, start_time + service - intended, service, exception
            )

    def record_never(self, route: str, intended: float) -> None:
        """Count an arrival whose answer was still missing when patience ended."""
        self.tally.unanswered[route] += 1
        self.tally.note(f"{route}: no answer when the run ended")
        if self.measures(intended):
            waited = time.time() - intended
            self._measure(route, intended, waited, waited, TimeoutError())

    def guard(self, name: str, errand: Callable[[], None]) -> None:
        """Run an errand; one that breaks is our own defect and makes no request."""
        try:
            errand()
        except Exception as defect:  # noqa: BLE001 - the run must go on to say so
            self.tally.crashed += 1
            self.tally.note(f"{name} broke: {defect!r}"[:300])

    def drain(self) -> dict[str, Any]:
        """What was counted since the last call, ready to travel."""
        full, self.tally = self.tally, Tally()
        return full.dump()

    def _measure(
        self,
        name: str,
        intended: float,
        latency: float,
        service: float,
        exception: BaseException | None,
    ) -> None:
        failed = exception is not None
        self.tally.route(name).record(
            intended=latency,
            service=service,
            failed=failed,
            edges=self.plan.edges_seconds,
        )
        second = self.tally.second(int(intended))
        if failed:
            second.failed += 1
        else:
            second.ok += 1
        second.intended.record(latency)
