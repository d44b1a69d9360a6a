"""Open arrivals: requests start when they are due, whatever the server does."""

import time
from collections.abc import Callable
from functools import partial
from typing import ClassVar

import gevent
from gevent.pool import Pool
from locust import User, constant, task
from locust.env import Environment

from loadtests.chance import DRAW
from loadtests.intents import intents
from loadtests.personas import PERSONAS
from loadtests.personas.persona import INTENT, Persona
from loadtests.plan import Plan
from loadtests.recorder import Recorder

Errand = Callable[[], None]
FINISHED = "generator_finished"
_BEHIND_SECONDS = 1.0
_OF_EACH = 8


class Arrivals(User):
    """One a generator process: draws arrivals and gives each a greenlet of its own."""

    abstract = True
    wait_time = constant(0)
    plan: ClassVar[Plan]
    recorder: ClassVar[Recorder]

    @task
    def arrive(self) -> None:
        """Send the whole schedule, wait for the answers, report, and stay quiet."""
        plan, recorder = self.plan, self.recorder
        errands = gather_errands(self.environment, plan)
        pool = Pool(plan.in_flight_limit)
        began = time.time()
        recorder.open_window(began)
        self.send_schedule(began, errands, pool)
        recorder.close_window()
        pool.join(timeout=plan.timeout_seconds + _BEHIND_SECONDS)
        pool.kill()
        self.environment.runner.send_message(FINISHED, recorder.drain())
        gevent.sleep(plan.timeout_seconds * 10)

    def send_schedule(
        self, began: float, errands: dict[str, Errand], pool: Pool
    ) -> None:
        """Start every arrival at its time; one that finds no free place is dropped."""
        plan, recorder = self.plan, self.recorder
        seconds = plan.warm_up_seconds + plan.measured_seconds
        names, weights = list(plan.mix), list(plan.mix.values())
        rate = plan.rate_per_second / plan.processes
        for offset in intents(rate_per_second=rate, seconds=seconds, draw=DRAW):
            intended = began + offset
            errand = DRAW.choices(names, weights)[0]
            gevent.sleep(max(0.0, intended - time.time()))
            measured = recorder.measures(intended)
            recorder.tally.scheduled += measured
            if time.time() > began + seconds + _BEHIND_SECONDS:
                continue
            if pool.free_count() == 0:
                recorder.tally.dropped += measured
                continue
            pool.spawn(self.run_errand, errand, errands[errand], intended)

    def run_errand(self, name: str, errand: Errand, intended: float) -> None:
        """Run one errand with its intended start in reach of the request event."""
        INTENT.at, INTENT.route = intended, "nothing sent"
        try:
            self.recorder.guard(name, errand)
        except gevent.GreenletExit:
            self.recorder.record_never(INTENT.route, intended)


def gather_errands(environment: Environment, plan: Plan) -> dict[str, Errand]:
    """What each name in the mix means (`analyst.list_recent`), by some such person.

    Several of each, because each has connections of their own: the instances behind
    one address share the load by connection.
    """
    people = {
        name: make_people(kind, environment, plan) for name, kind in PERSONAS.items()
    }
    pairs = {name: name.split(".") for name in plan.mix}
    return {
        name: partial(run_by_some, [getattr(one, errand) for one in people[person]])
        for name, (person, errand) in pairs.items()
    }


def make_people(
    kind: type[Persona], environment: Environment, plan: Plan
) -> list[Persona]:
    kind.host = plan.host
    kind.concurrency = plan.in_flight_limit
    kind.connection_timeout = kind.network_timeout = plan.timeout_seconds
    return [kind(environment) for _ in range(_OF_EACH)]


def run_by_some(errands: list[Errand]) -> None:
    """Send one of several people on the same errand."""
    DRAW.choice(errands)()
