"""For `locust -f loadtests/locustfile.py`: the same personas, with Locust's web page.

A closed model: users wait for responses, so a slow server receives fewer requests and
its latencies look better than they are. Useful for exploring, not as evidence. The open
model is `python -m loadtests run steady`.
"""

import logging
from typing import Any

from locust import events
from locust.env import Environment

from loadtests.addresses import find_platform
from loadtests.personas import Analyst, Integrator, Owner, Visitor, enlist
from loadtests.preparation import prepare

__all__ = ["Analyst", "Integrator", "Owner", "Visitor"]

HOOKS: Any = events  # Locust's hooks carry no types
NOTICE = (
    "closed model: these latencies are not evidence;"
    " `python -m loadtests run steady` measures honestly"
)


def announce(environment: Environment, **_rest: object) -> None:
    """Warn about the closed model; default to the running local platform."""
    logging.getLogger(__name__).warning(NOTICE)
    if environment.host is None:
        environment.host = find_platform(None, ()).host


def prepare_dataset(environment: Environment, **_rest: object) -> None:
    """Create organizations, keys and events before the first user starts."""
    enlist(prepare(str(environment.host), events_each=500))


HOOKS.init.add_listener(announce)
HOOKS.test_start.add_listener(prepare_dataset)
