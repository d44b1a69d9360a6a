"""Records Locust's request events as statistics."""

import os
import time
from collections.abc import Callable
from typing import Any

from loadtests.plan import Plan
from loadtests.stats import Stats


class Recorder:
    """Counts every request; measures those whose intended start is in the window."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.stats = Stats()
        self.window = (0.0, float("inf"))
        self.began = (0.0, 0.0)

    def open_window(self, started: float) -> None:
        """Set the measured window from the epoch second at which the run started."""
        opens = started + self.plan.warm_up_seconds
        self.window = (opens, opens + self.plan.measured_seconds)
        self.began = (time.process_time(), time.monotonic())

    def close_window(self) -> None:
        """Record the generator's own processor time and its scheduling class."""
        used, began = self.began
        self.stats.cpu_seconds = time.process_time() - used
        self.stats.wall_seconds = time.monotonic() - began
        self.stats.realtime = os.sched_getscheduler(0) == os.SCHED_RR

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
        (self.stats.answered if status else self.stats.unanswered)[route] += 1
        if exception is not None:
            self.stats.note(f"{route}: {exception}"[:300])
        service = response_time / 1000
        intended = context.get("intended") or start_time
        if self.measures(intended):
            self.stats.lag.record(max(0.0, start_time - intended))
            self._measure(
                route, intended, start_time + service - intended, service, exception
            )

    def record_never(self, route: str, intended: float) -> None:
        """Count an arrival without a response when the run's timeout ended."""
        self.stats.unanswered[route] += 1
        self.stats.note(f"{route}: no answer when the run ended")
        if self.measures(intended):
            waited = time.time() - intended
            self._measure(route, intended, waited, waited, TimeoutError())

    def guard(self, name: str, action: Callable[[], None]) -> None:
        """Run an action; an exception is a defect of the load test, not a request."""
        try:
            action()
        except Exception as defect:  # noqa: BLE001 - the run must go on to report the defect
            self.stats.crashed += 1
            self.stats.note(f"{name} broke: {defect!r}"[:300])

    def drain(self) -> dict[str, Any]:
        """Return the statistics since the last call in serializable form."""
        full, self.stats = self.stats, Stats()
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
        self.stats.route(name).record(
            intended=latency,
            service=service,
            failed=failed,
            edges=self.plan.edges_seconds,
        )
        second = self.stats.second(int(intended))
        if failed:
            second.failed += 1
        else:
            second.ok += 1
        second.intended.record(latency)
