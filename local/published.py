"""platform.json: where everything of a ready platform is, for the other rooms."""

import os
import platform
from typing import Any

import msgspec
import psutil

from local.binaries import Binaries
from local.credentials import MONITOR, read_secret
from local.patroni import PATRONI_USER
from local.places import Places, write_private
from local.plan import APIS, DATABASES, WORKERS, Plan
from local.ports import HOST
from local.program import Program
from local.services import DATABASE

SCHEMA = 1


def publish(places: Places, plan: Plan, programs: list[Program]) -> None:
    """Write platform.json in one step; it holds passwords and is private."""
    ports = plan.ports
    document = {
        "schema": SCHEMA,
        "started": plan.started,
        "state": str(places.state),
        "hold_dir": str(places.hold),
        "controls": plan.controls,
        "api": {"url": ports.url("api"), "instances": list(APIS)},
        "workers": list(WORKERS),
        "processes": {program.name: entry(plan, program) for program in programs},
        "database": {
            "name": DATABASE,
            "hosts": [ports.address(name) for name in DATABASES],
            "users": {"monitor": account(places, MONITOR, "monitor")},
            "patroni": account(places, PATRONI_USER, "patroni"),
        },
        "redis": {
            name: {
                "host": HOST,
                "port": ports.of(name),
                "password": read_secret(places, name),
            }
            for name in ("broker", "cache")
        },
        "prometheus": tool_url(plan, "prometheus"),
        "alertmanager": tool_url(plan, "alertmanager"),
        "machine": machine(plan.binaries),
    }
    text = msgspec.json.format(msgspec.json.encode(document), indent=1)
    write_private(places.published, text.decode())


def entry(plan: Plan, program: Program) -> dict[str, Any]:
    """Describe one process for those who watch or break it."""
    known: dict[str, Any] = {"kind": program.kind, "address": program.address}
    if program.metrics:
        known["metrics"] = program.metrics
    if program.kind == "database":
        known["patroni"] = plan.ports.url(program.name.replace("database", "patroni"))
        known["port"] = plan.ports.of(program.name)
    return known


def account(places: Places, name: str, secret: str) -> dict[str, str]:
    """Describe one account."""
    return {"name": name, "password": read_secret(places, secret)}


def tool_url(plan: Plan, name: str) -> str | None:
    """Return where a tool serves; None on a machine without it."""
    return plan.ports.url(name) if name in plan.tools else None


def machine(binaries: Binaries) -> dict[str, Any]:
    """Describe what the platform runs on, for reports."""
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
