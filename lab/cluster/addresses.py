"""Addresses of the cluster: a range that no network routes, split into three.

198.18.0.0/15 is reserved for tests of network devices (RFC 2544), so it shadows no
real address. Machines have no default route: no traffic leaves the cluster.
"""

from ipaddress import IPv4Address, IPv4Network
from typing import Final

from msgspec import Struct

MACHINES: Final = IPv4Network("198.18.0.0/24")
SERVICES: Final = IPv4Network("198.18.64.0/18")
PODS: Final = IPv4Network("198.18.128.0/17")
HOST: Final = IPv4Address("198.18.0.254")
API_SERVICE: Final = SERVICES[1]
DNS_SERVICE: Final = SERVICES[10]
API_PORT: Final = 6443


class Machine(Struct, frozen=True):
    """One machine of the cluster: a network namespace with one address."""

    name: str
    address: IPv4Address
    pods: IPv4Network | None = None
    """The range of its pods; None for the machine that runs no pods."""

    @property
    def namespace(self) -> str:
        """Name of its network namespace; the prefix marks it as ours."""
        return f"hf-{self.name}"

    @property
    def cable(self) -> str:
        """Name of its cable's end at the host's bridge."""
        return f"hf-{self.name}"


CONTROL: Final = Machine("control", MACHINES[3])
NODES: Final = (
    Machine("node-1", MACHINES[1], IPv4Network("198.18.129.0/24")),
    Machine("node-2", MACHINES[2], IPv4Network("198.18.130.0/24")),
)
ALL: Final = (CONTROL, *NODES)
API_URL: Final = f"https://{CONTROL.address}:{API_PORT}"


class MachineUnknown(Exception):
    """No machine has this name."""


def find_node(name: str) -> Machine:
    """Return the node of that name; raises MachineUnknown."""
    for node in NODES:
        if node.name == name:
            return node
    known = ", ".join(node.name for node in NODES)
    raise MachineUnknown(f"there is no node {name!r}; there are {known}")
