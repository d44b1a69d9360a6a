"""Open arrivals: a request starts at its scheduled time, however slow the server."""

import time
from collections.abc import Callable
from functools import partial
from typing import ClassVar

import gevent
from gevent.pool import Pool
from locust import User, constant, task
from locust.env import Environment

from loadtests.personas import PERSONAS
from loadtests.personas.persona import INTENT, Persona
from loadtests.plan import Plan
from loadtests.recorder import Recorder
from loadtests.sampling import RNG, arrival_schedule

Action = Callable[[], None]
FINISHED = "generator_finished"
_BEHIND_SECONDS = 1.0
_OF_EACH = 8


class Arrivals(User):
    """One per generator process: draws arrivals and runs each in its own greenlet."""

    abstract = True
    wait_time = constant(0)
    plan: ClassVar[Plan]
    recorder: ClassVar[Recorder]

    @task
    def arrive(self) -> None:
        """Send the whole schedule, wait for the responses, send the statistics."""
        plan, recorder = self.plan, self.recorder
        actions = make_actions(self.environment, plan)
        pool = Pool(plan.in_flight_limit)
        began = time.time()
        recorder.open_window(began)
        self.send_schedule(began, actions, pool)
        recorder.close_window()
        pool.join(timeout=plan.timeout_seconds + _BEHIND_SECONDS)
        pool.kill()
        self.environment.runner.send_message(FINISHED, recorder.drain())
        gevent.sleep(plan.timeout_seconds * 10)

    def send_schedule(
        self, began: float, actions: dict[str, Action], pool: Pool
    ) -> None:
        """Start every arrival at its time; drop it if the pool is full."""
        plan, recorder = self.plan, self.recorder
        seconds = plan.warm_up_seconds + plan.measured_seconds
        names, weights = list(plan.mix), list(plan.mix.values())
        rate = plan.rate_per_second / plan.processes
        for offset in arrival_schedule(rate_per_second=rate, seconds=seconds, rng=RNG):
            intended = began + offset
            action = RNG.choices(names, weights)[0]
            gevent.sleep(max(0.0, intended - time.time()))
            measured = recorder.measures(intended)
            recorder.stats.scheduled += measured
            if time.time() > began + seconds + _BEHIND_SECONDS:
                continue
            if pool.free_count() == 0:
                recorder.stats.dropped += measured
                continue
            pool.spawn(self.run_action, action, actions[action], intended)

    def run_action(self, name: str, action: Action, intended: float) -> None:
        """Run one action; its intended start is visible to the request listener."""
        INTENT.at, INTENT.route = intended, "nothing sent"
        try:
            self.recorder.guard(name, action)
        except gevent.GreenletExit:
            self.recorder.record_never(INTENT.route, intended)


def make_actions(environment: Environment, plan: Plan) -> dict[str, Action]:
    """Return the action for each name in the mix (`analyst.list_recent`).

    Each action runs on one of several personas, because each persona has its own
    connections and the instances behind one address share the load by connection.
    """
    personas = {
        name: make_personas(kind, environment, plan) for name, kind in PERSONAS.items()
    }
    pairs = {name: name.split(".") for name in plan.mix}
    return {
        name: partial(run_by_any, [getattr(one, action) for one in personas[persona]])
        for name, (persona, action) in pairs.items()
    }


def make_personas(
    kind: type[Persona], environment: Environment, plan: Plan
) -> list[Persona]:
    kind.host = plan.host
    kind.concurrency = plan.in_flight_limit
    kind.connection_timeout = kind.network_timeout = plan.timeout_seconds
    return [kind(environment) for _ in range(_OF_EACH)]


def run_by_any(actions: list[Action]) -> None:
    """Run the action on one of several personas."""
    RNG.choice(actions)()
