"""A fixed number of users who wait for their answers: only for targets about users."""

import time
from typing import ClassVar

import gevent
from gevent.pool import Pool
from locust import User, constant, task

from loadtests.arrivals import FINISHED, Errand, gather_errands
from loadtests.chance import DRAW
from loadtests.plan import Plan
from loadtests.recorder import Recorder


class Crowd(User):
    """One a generator process: keeps `users` people busy, each with one request."""

    abstract = True
    wait_time = constant(0)
    plan: ClassVar[Plan]
    recorder: ClassVar[Recorder]

    @task
    def gather(self) -> None:
        plan, recorder = self.plan, self.recorder
        errands = gather_errands(self.environment, plan)
        began = time.time()
        recorder.open_window(began)
        ends = began + plan.warm_up_seconds + plan.measured_seconds
        people = Pool()
        for _ in range(plan.users // plan.processes):
            people.spawn(self.live, errands, ends)
        people.join(timeout=ends - time.time() + plan.timeout_seconds)
        people.kill()
        recorder.close_window()
        recorder.tally.scheduled = recorder.tally.sent
        self.environment.runner.send_message(FINISHED, recorder.drain())
        gevent.sleep(plan.timeout_seconds * 10)

    def live(self, errands: dict[str, Errand], ends: float) -> None:
        """Think, ask, wait for the answer, think again, until the run ends."""
        names, weights = list(self.plan.mix), list(self.plan.mix.values())
        while True:
            gevent.sleep(DRAW.expovariate(1 / self.plan.think_seconds))
            if time.time() >= ends:
                return
            errand = DRAW.choices(names, weights)[0]
            self.recorder.guard(errand, errands[errand])
