"""Start-up in dependency order: each program starts when its dependencies are ready."""

import subprocess
import time
from collections.abc import Callable

from local.cluster import Member, read_members, takes_writes
from local.health import check_http, check_program
from local.logs import last_lines
from local.places import Places
from local.plan import DATABASES, Plan
from local.processes import MARK
from local.program import Program
from local.services import Step
from local.settings import inherited_environment
from local.supervision import count_exits, release_program

POLL_SECONDS = 0.1
EXITS_ALLOWED = 3
CLUSTER = "cluster"
DOOR = "door"

Report = Callable[[str, float], None]


class NotReady(Exception):
    """A program or step did not become ready; carries the end of its log."""

    def __init__(self, name: str, reason: str, tail: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.tail = tail


class Readiness:
    """Releases programs in dependency order and waits until they are healthy."""

    def __init__(
        self,
        places: Places,
        plan: Plan,
        programs: list[Program],
        steps: list[Step],
        report: Report,
    ) -> None:
        self.places = places
        self.plan = plan
        self.programs = {program.name: program for program in programs}
        self.steps = {step.name: step for step in steps}
        self.report = report
        self.began = time.monotonic()
        self.ready: set[str] = set()
        self.released: set[str] = set()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.detail: dict[str, str] = {}

    @property
    def awaited(self) -> list[str]:
        """Return the name of everything that is not ready yet."""
        names = [*self.steps, *self.essential, CLUSTER, DOOR]
        return [name for name in names if name not in self.ready]

    @property
    def essential(self) -> list[str]:
        """Return the names of the programs without which the platform is not ready."""
        return [name for name, one in self.programs.items() if one.essential]

    def wait(self, supervisor: subprocess.Popen[bytes], timeout_seconds: float) -> None:
        """Return when everything is ready; raises NotReady."""
        while self.awaited:
            if supervisor.poll() is not None:
                raise self.failed("supervision", "the supervisor has ended")
            self.advance()
            if time.monotonic() - self.began > timeout_seconds:
                raise self.give_up(timeout_seconds)
            time.sleep(POLL_SECONDS)

    def advance(self) -> None:
        """Release the programs that can start, then check those that are not ready."""
        members = self.members()
        if takes_writes(members, asynchronous=self.plan.asynchronous):
            self.note(CLUSTER)
        self.release_programs()
        self.advance_steps()
        for program in self.programs.values():
            if program.name in self.released - self.ready:
                self.check(program, members)
        if self.ready.issuperset(self.essential) and DOOR not in self.ready:
            self.check_door()

    def members(self) -> dict[str, Member]:
        """Read the cluster while a program waits for it."""
        if self.ready.issuperset((*DATABASES, CLUSTER)) or "etcd" not in self.ready:
            return {}
        ports = self.plan.ports
        urls = [ports.url(name.replace("database", "patroni")) for name in DATABASES]
        return read_members(urls)

    def release_programs(self) -> None:
        """Start every program whose dependencies are ready."""
        for program in self.programs.values():
            if program.name not in self.released and program.needs <= self.ready:
                release_program(self.places, program.name)
                self.released.add(program.name)

    def advance_steps(self) -> None:
        """Start every step whose dependencies are ready, and collect ended steps."""
        for step in self.steps.values():
            if step.name in self.ready or not step.needs <= self.ready:
                continue
            if step.name not in self.running:
                self.running[step.name] = start_step(self.places, step)
            code = self.running[step.name].poll()
            if code == 0:
                self.note(step.name)
            elif code is not None:
                raise self.failed(step.name, f"ended with status {code}")

    def check(self, program: Program, members: dict[str, Member]) -> None:
        """Record a program that became healthy; raises NotReady on a crash loop."""
        condition = check_program(self.places, program, members)
        if condition.healthy:
            self.note(program.name)
            return
        self.detail[program.name] = condition.detail
        exits = count_exits(self.places, program.name)
        if program.essential and exits >= EXITS_ALLOWED:
            raise self.failed(program.name, f"ended {EXITS_ALLOWED} times")

    def check_door(self) -> None:
        """Record that the API reports ready."""
        condition = check_http(self.plan.ports.url("api") + "/health/ready")
        if condition.healthy:
            self.note(DOOR)
        self.detail[DOOR] = condition.detail

    def note(self, name: str) -> None:
        """Record that a program or step is ready, and notify the listener."""
        if name not in self.ready:
            self.ready.add(name)
            self.report(name, time.monotonic() - self.began)

    def give_up(self, timeout_seconds: float) -> NotReady:
        """Return the failure that names what was not ready in time."""
        started = [name for name in self.awaited if name in self.released]
        name = (started or [*self.running, *self.awaited])[0]
        detail = self.detail.get(name, "")
        return self.failed(name, f"not ready after {timeout_seconds:.0f} s. {detail}")

    def failed(self, name: str, reason: str) -> NotReady:
        """Describe a failure with the end of its log."""
        log = "api-1" if name == DOOR else name
        return NotReady(name, reason, last_lines(self.places, log))


def start_step(places: Places, step: Step) -> subprocess.Popen[bytes]:
    """Start a step; its output goes to its own log."""
    with (places.logs / f"{step.name}.log").open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own command line
            step.command,
            env={
                **inherited_environment(),
                **step.environment,
                MARK: str(places.state),
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=step.folder,
            start_new_session=True,
        )
