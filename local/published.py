"""Writes platform.json: the addresses and accounts of the running platform."""

import os
import platform

import psutil

from exchange.platforms import (
    Account,
    Api,
    LocalDatabase,
    LocalPlatform,
    Machine,
    Process,
    RedisServer,
    write_platform,
)
from local.binaries import Binaries
from local.credentials import MONITOR, read_secret
from local.patroni import PATRONI_USER
from local.places import Places
from local.plan import APIS, DATABASES, WORKERS, Plan
from local.ports import HOST
from local.program import Program
from local.services import DATABASE


def publish(places: Places, plan: Plan, programs: list[Program]) -> None:
    """Write platform.json."""
    ports = plan.ports
    platform = LocalPlatform(
        started=plan.started,
        state=str(places.state),
        hold_dir=str(places.hold),
        controls=tuple(plan.controls),
        api=Api(ports.url("api"), APIS),
        workers=WORKERS,
        processes={program.name: entry(plan, program) for program in programs},
        database=LocalDatabase(
            name=DATABASE,
            hosts=tuple(ports.address(name) for name in DATABASES),
            users={"monitor": account(places, MONITOR, "monitor")},
            patroni=account(places, PATRONI_USER, "patroni"),
        ),
        redis={
            name: RedisServer(HOST, ports.of(name), read_secret(places, name))
            for name in ("broker", "cache")
        },
        prometheus=tool_url(plan, "prometheus"),
        alertmanager=tool_url(plan, "alertmanager"),
        machine=machine(plan.binaries),
    )
    write_platform(platform, places.published)


def entry(plan: Plan, program: Program) -> Process:
    """Describe one process to the programs that observe it or stop it."""
    database = program.kind == "database"
    patroni = program.name.replace("database", "patroni")
    return Process(
        kind=program.kind,
        address=program.address,
        metrics=program.metrics,
        patroni=plan.ports.url(patroni) if database else None,
        port=plan.ports.of(program.name) if database else None,
    )


def account(places: Places, name: str, secret: str) -> Account:
    """Describe one account."""
    return Account(name, read_secret(places, secret))


def tool_url(plan: Plan, name: str) -> str | None:
    """Return the URL of a tool; None on a machine without it."""
    return plan.ports.url(name) if name in plan.tools else None


def machine(binaries: Binaries) -> Machine:
    """Describe the machine, for reports."""
    return {
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": operating_system(),
        "python": platform.python_version(),
        "postgres": binaries.postgres.version,
        "redis": binaries.redis_server.version,
        "etcd": binaries.etcd.version,
    }


def operating_system() -> str:
    """Name the operating system as its vendor does."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform()
