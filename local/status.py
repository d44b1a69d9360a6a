"""The state of every process of the platform."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal

import msgspec
import psutil
from msgspec import UNSET, Struct, UnsetType

from local.blueprint import all_programs
from local.cluster import Member, read_members
from local.health import Condition, check_program
from local.places import Places
from local.plan import DATABASES, Plan, load_plan
from local.processes import (
    Children,
    OwnProcess,
    children_by_parent,
    family,
    main_process,
    own_processes,
    postmaster,
    supervisor_of,
)
from local.program import Program
from local.supervision import held_programs

State = Literal["running", "stopped", "held", "failed"]
CHECKS_AT_ONCE = 12


class ProcessStatus(Struct, frozen=True, kw_only=True):
    """One supervised program; memory counts all its processes.

    `pss_bytes` shares memory fairly among the processes that use it (Linux).
    """

    state: State
    pid: int | None
    address: str
    healthy: bool
    detail: str
    rss_bytes: int
    pss_bytes: int
    uptime_seconds: float | None
    role: str | UnsetType = UNSET
    lag_bytes: int | UnsetType | None = UNSET
    postgres_pid: int | UnsetType | None = UNSET


class PlatformStatus(Struct, frozen=True, kw_only=True):
    """All programs; `ready` when each essential one is healthy and it is published."""

    processes: dict[str, ProcessStatus] = {}
    ready: bool = False
    supervisor_pid: int | None = None
    pss_bytes: int = 0
    controls: list[str] = []


def read_status(places: Places) -> PlatformStatus:
    """Check every process; takes at most a few seconds."""
    plan = load_plan(places)
    if plan is None:
        return PlatformStatus()
    programs = all_programs(places, plan)
    members = read_members(patronis(plan))
    conditions = ask_all(places, programs, members)
    processes = own_processes(places.state)
    children = children_by_parent()
    held = held_programs(places)
    supervisor = supervisor_of(processes)
    found = {
        program.name: describe(
            program,
            processes,
            children,
            condition=conditions[program.name],
            member=members.get(program.name),
            held=program.name in held,
        )
        for program in programs
    }
    needed = [found[one.name].healthy for one in programs if one.essential]
    memory = sum(status.pss_bytes for status in found.values())
    return PlatformStatus(
        processes=found,
        ready=places.published.exists() and all(needed),
        supervisor_pid=supervisor.pid if supervisor else None,
        pss_bytes=memory + (memory_of(supervisor)[1] if supervisor else 0),
        controls=plan.controls,
    )


def patronis(plan: Plan) -> list[str]:
    """Return the URL of every Patroni."""
    return [plan.ports.url(name.replace("database", "patroni")) for name in DATABASES]


def ask_all(
    places: Places, programs: list[Program], members: dict[str, Member]
) -> dict[str, Condition]:
    """Check all programs concurrently."""
    check = partial(check_program, places, members=members)
    with ThreadPoolExecutor(CHECKS_AT_ONCE) as pool:
        answers = pool.map(check, programs)
    names = [program.name for program in programs]
    return dict(zip(names, answers, strict=True))


def describe(  # noqa: PLR0913 - one argument a source of facts
    program: Program,
    processes: list[OwnProcess],
    children: Children,
    *,
    condition: Condition,
    member: Member | None,
    held: bool,
) -> ProcessStatus:
    """Return the status of one program."""
    main = main_process(processes, program.name)
    waiting = held and (main is None or is_waiting(main))
    state = state_of(processes, main, waiting=waiting)
    memory = [memory_of(one) for one in family(processes, program.name, children)]
    healthy = condition.healthy and state == "running"
    status = ProcessStatus(
        state=state,
        pid=main.pid if main and state == "running" else None,
        address=program.address,
        healthy=healthy,
        detail="held down" if waiting else condition.detail,
        rss_bytes=sum(rss for rss, _ in memory),
        pss_bytes=sum(pss for _, pss in memory),
        uptime_seconds=uptime(main) if state == "running" else None,
    )
    if program.kind != "database":
        return status
    server = postmaster(processes, program.name)
    return msgspec.structs.replace(
        status,
        role=member.role if member and healthy else UNSET,
        lag_bytes=member.lag_bytes if member and healthy else UNSET,
        postgres_pid=server.pid if server else None,
    )


def state_of(
    processes: list[OwnProcess], main: psutil.Process | None, *, waiting: bool
) -> State:
    """Name the state of a program: its process, its hold file, its supervisor."""
    if supervisor_of(processes) is None:
        return "stopped"
    if waiting:
        return "held"
    return "running" if main else "failed"


def is_waiting(process: psutil.Process) -> bool:
    """Tell whether the start script still waits for the removal of its hold file."""
    try:
        return process.cmdline()[:1] == ["/bin/sh"]
    except psutil.Error:
        return True


def memory_of(process: psutil.Process) -> tuple[int, int]:
    """Return resident and proportional bytes; zero for an ended process."""
    try:
        full = process.memory_full_info()
    except psutil.Error:
        return 0, 0
    return full.rss, getattr(full, "pss", full.rss)


def uptime(process: psutil.Process | None) -> float | None:
    """Return the age of a process in seconds."""
    if process is None:
        return None
    try:
        return round(time.time() - process.create_time(), 1)
    except psutil.Error:
        return None
