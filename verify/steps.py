"""The steps of a run, in order, with their expected durations."""

import sys
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

Kind = Literal["load", "chaos", "check", "drill", "cluster"]


class Step(Struct, frozen=True, kw_only=True):
    """One suite, experiment, drill or check. Without a command verify runs it itself.

    `alone` states that it needs a single API instance, with the others held down;
    `needs_platform` that it needs a running platform.
    """

    kind: Kind
    name: str
    title: str
    expected_seconds: float
    command: tuple[str, ...] = ()
    slack_seconds: float = 60.0
    alone: bool = False
    needs_platform: bool = True

    @property
    def source(self) -> str:
        """Return the name that a target's `proof` uses, like `load:steady`."""
        return f"{self.kind}:{self.name}"

    @property
    def file(self) -> str:
        """Return the file name of its outcome in the folder of the run."""
        return f"{self.kind}-{self.name}.json"

    @property
    def limit_seconds(self) -> float:
        """Return the time after which the step is stopped."""
        return self.expected_seconds * 2 + self.slack_seconds


class StepUnknown(Exception):
    """--only names a step that is not in the plan."""


def load(
    name: str, title: str, seconds: float, *options: str, alone: bool = False
) -> Step:
    """Return a step that runs a load suite as a process."""
    command = (sys.executable, "-m", "loadtests", "run", name, *options)
    return Step(
        kind="load",
        name=name,
        title=title,
        expected_seconds=seconds,
        command=command,
        alone=alone,
    )


def chaos(name: str, title: str, seconds: float) -> Step:
    """Return a step that runs an experiment as a process."""
    command = (sys.executable, "-m", "chaos", "run", name)
    return Step(
        kind="chaos", name=name, title=title, expected_seconds=seconds, command=command
    )


def drill(name: str, title: str, seconds: float) -> Step:
    """Return a step that runs a fault, its alert and its runbook page as a process."""
    command = (sys.executable, "-m", "chaos", "drill", name)
    return Step(
        kind="drill", name=name, title=title, expected_seconds=seconds, command=command
    )


def cluster(name: str, title: str, seconds: float) -> Step:
    """Return a step that runs an experiment on Kubernetes as a process."""
    command = (sys.executable, "-m", "chaos", "run", name, "--on", "kubernetes")
    return Step(
        kind="cluster",
        name=name,
        title=title,
        expected_seconds=seconds,
        command=command,
    )


def look(name: str, title: str, seconds: float) -> Step:
    """Return a check of a cluster that verify runs itself."""
    return Step(kind="cluster", name=name, title=title, expected_seconds=seconds)


def prove(
    subject: str,
    title: str,
    seconds: float,
    *options: str,
    name: str = "",
    needs_platform: bool = True,
) -> Step:
    """Return a check of rules and boards that dashboards runs as a process."""
    return Step(
        kind="check",
        name=name or subject,
        title=title,
        expected_seconds=seconds,
        command=(sys.executable, "-m", "dashboards", "prove", subject, *options),
        needs_platform=needs_platform,
    )


def check(name: str, title: str, seconds: float) -> Step:
    """Return a check that verify runs itself."""
    return Step(
        kind="check",
        name=name,
        title=title,
        expected_seconds=seconds,
        needs_platform=name != "leftovers",
    )


def choose(plan: Sequence[Step], only: Sequence[str]) -> tuple[Step, ...]:
    """Return the steps named by `only`, in the order of the plan; all without a name.

    A name is `steady`, `load:steady` or a whole kind, `chaos`. Raises StepUnknown.
    """
    if not only:
        return tuple(plan)
    known = {name for step in plan for name in _names(step)}
    if strange := [name for name in only if name not in known]:
        offered = ", ".join(step.name for step in plan)
        raise StepUnknown(
            f"no step is called {', '.join(strange)}; there are {offered}"
        )
    return tuple(step for step in plan if _names(step) & set(only))


def _names(step: Step) -> set[str]:
    return {step.name, step.source, step.kind}
