"""The closed model: a fixed number of users who wait for each response."""

import time
from typing import ClassVar

import gevent
from gevent.pool import Pool
from locust import User, constant, task

from loadtests.arrivals import FINISHED, Action, make_actions
from loadtests.plan import Plan
from loadtests.recorder import Recorder
from loadtests.sampling import RNG


class ClosedModelUsers(User):
    """One per generator process: runs `users` greenlets with one request each."""

    abstract = True
    wait_time = constant(0)
    plan: ClassVar[Plan]
    recorder: ClassVar[Recorder]

    @task
    def gather(self) -> None:
        plan, recorder = self.plan, self.recorder
        actions = make_actions(self.environment, plan)
        began = time.time()
        recorder.open_window(began)
        ends = began + plan.warm_up_seconds + plan.measured_seconds
        pool = Pool()
        for _ in range(plan.users // plan.processes):
            pool.spawn(self.live, actions, ends)
        pool.join(timeout=ends - time.time() + plan.timeout_seconds)
        pool.kill()
        recorder.close_window()
        recorder.stats.scheduled = recorder.stats.sent
        self.environment.runner.send_message(FINISHED, recorder.drain())
        gevent.sleep(plan.timeout_seconds * 10)

    def live(self, actions: dict[str, Action], ends: float) -> None:
        """Alternate thinking time and one request until the run ends."""
        names, weights = list(self.plan.mix), list(self.plan.mix.values())
        while True:
            gevent.sleep(RNG.expovariate(1 / self.plan.think_seconds))
            if time.time() >= ends:
                return
            action = RNG.choices(names, weights)[0]
            self.recorder.guard(action, actions[action])
