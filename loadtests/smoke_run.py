"""The smoke run: every persona calls every route once, judged on correctness only."""

import time
from typing import ClassVar

import gevent
from locust import User, constant, task

from loadtests.arrivals import FINISHED
from loadtests.personas import PERSONAS
from loadtests.plan import Plan
from loadtests.recorder import Recorder


class SmokeRun(User):
    """Runs the personas one after the other, so that a failure has one cause."""

    abstract = True
    wait_time = constant(0)
    plan: ClassVar[Plan]
    recorder: ClassVar[Recorder]

    @task
    def run_all(self) -> None:
        self.recorder.open_window(time.time())
        for name, kind in PERSONAS.items():
            kind.host = self.plan.host
            persona = kind(self.environment)
            self.recorder.guard(f"{name}.on_start", persona.on_start)
            self.recorder.guard(f"{name}.smoke", persona.run_smoke)
        self.environment.runner.send_message(FINISHED, self.recorder.drain())
        gevent.sleep(self.plan.timeout_seconds * 10)
