"""The options of the platform in a state folder; written before anything starts."""

from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from local.binaries import Binaries
from local.places import Places, write_private
from local.ports import Ports

DATABASES = ("database-1", "database-2", "database-3")
APIS = ("api-1", "api-2")
WORKERS = ("worker-1", "worker-2")

Kind = Literal[
    "api",
    "worker",
    "relay",
    "scheduler",
    "database",
    "etcd",
    "redis",
    "prometheus",
    "alertmanager",
    "notices",
    "exporter",
]


class Plan(Struct, frozen=True, kw_only=True):
    """The options of one start. Both negative controls are deliberate faults."""

    port_base: int
    started: str
    binaries: Binaries
    asynchronous: bool = False
    sweeping: bool = True
    tools: dict[str, Path] = {}

    @property
    def ports(self) -> Ports:
        """Return the ports of all listeners."""
        return Ports(self.port_base)

    @property
    def controls(self) -> list[str]:
        """Name the negative controls that are on."""
        off = [] if self.sweeping else ["without-sweep"]
        return [*off, "asynchronous"] if self.asynchronous else off


def save_plan(places: Places, plan: Plan) -> None:
    """Record the plan before anything starts."""
    write_private(places.plan, msgspec.json.encode(plan, enc_hook=str).decode())


def load_plan(places: Places) -> Plan | None:
    """Return the plan of the state folder; None if it is missing or damaged."""
    try:
        return msgspec.json.decode(
            places.plan.read_bytes(), type=Plan, dec_hook=lambda kind, raw: kind(raw)
        )
    except (FileNotFoundError, msgspec.DecodeError):
        return None
