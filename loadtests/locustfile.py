"""For `locust -f loadtests/locustfile.py`: the same people, with Locust's web page.

A closed model: users wait for answers, so a slow server is asked less and its latencies
look better than they are. Good for looking around, never evidence. The honest runner is
`python -m loadtests run steady`.
"""

import logging
from typing import Any

from locust import events
from locust.env import Environment

from loadtests.personas import Analyst, Integrator, Owner, Visitor, enlist
from loadtests.preparation import prepare
from loadtests.whereabouts import find_platform

__all__ = ["Analyst", "Integrator", "Owner", "Visitor"]

HOOKS: Any = events  # Locust's hooks carry no types
NOTICE = (
    "closed model: these latencies are not evidence;"
    " `python -m loadtests run steady` measures honestly"
)


def announce(environment: Environment, **_rest: object) -> None:
    """Say what this is, and aim at the running local platform unless told otherwise."""
    logging.getLogger(__name__).warning(NOTICE)
    if environment.host is None:
        environment.host = find_platform(None, ()).host


def prepare_cast(environment: Environment, **_rest: object) -> None:
    """Make organizations, keys and events before the first user starts."""
    enlist(prepare(str(environment.host), events_each=500))


HOOKS.init.add_listener(announce)
HOOKS.test_start.add_listener(prepare_cast)
