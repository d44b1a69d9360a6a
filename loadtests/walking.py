"""Every persona walks through every route once: right or wrong, not fast or slow."""

import time
from typing import ClassVar

import gevent
from locust import User, constant, task

from loadtests.arrivals import FINISHED
from loadtests.personas import PERSONAS
from loadtests.plan import Plan
from loadtests.recorder import Recorder


class Walk(User):
    """Sends the personas one after the other, so an answer has one cause."""

    abstract = True
    wait_time = constant(0)
    plan: ClassVar[Plan]
    recorder: ClassVar[Recorder]

    @task
    def stroll(self) -> None:
        self.recorder.open_window(time.time())
        for name, kind in PERSONAS.items():
            kind.host = self.plan.host
            person = kind(self.environment)
            self.recorder.guard(f"{name}.on_start", person.on_start)
            self.recorder.guard(f"{name}.walk", person.walk)
        self.environment.runner.send_message(FINISHED, self.recorder.drain())
        gevent.sleep(self.plan.timeout_seconds * 10)
