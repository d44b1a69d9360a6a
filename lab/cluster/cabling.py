"""One isolated network namespace per machine, cabled to a bridge of the host."""

from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

from lab.cluster.addresses import ALL, HOST, MACHINES, NODES, SERVICES, Machine
from lab.cluster.shell import CommandFailed, run

BRIDGE: Final = "hf-bridge"
POD_BRIDGE: Final = "cni0"
_NAMESPACES: Final = Path("/run/netns")


def lay(machines: Iterable[Machine] = ALL) -> None:
    """Make the bridge, the namespaces and the routes; raises CommandFailed."""
    _ip("link", "add", BRIDGE, "type", "bridge")
    _ip("address", "add", f"{HOST}/{MACHINES.prefixlen}", "dev", BRIDGE)
    _ip("link", "set", BRIDGE, "up")
    for machine in machines:
        _connect(machine)
    for node in NODES:
        _ip("route", "add", str(node.pods), "via", str(node.address))
    # Services exist on the nodes; for the host, one node translates their addresses.
    _ip("route", "add", str(SERVICES), "via", str(NODES[0].address))


def clear() -> None:
    """Remove the objects that `lay` made, also after a partial `lay`."""
    for machine in ALL:
        unplug(machine)
    with suppress(CommandFailed):
        _ip("link", "delete", BRIDGE)


def unplug(machine: Machine) -> None:
    """Remove one machine's cable and namespace, if they exist."""
    with suppress(CommandFailed):
        _ip("link", "delete", machine.cable)
    with suppress(CommandFailed):
        _ip("netns", "delete", machine.namespace)


def cut(machine: Machine) -> None:
    """Disconnect the machine's cable in both directions.

    The host's route to services moves to the other node meanwhile, as with a load
    balancer.
    """
    _ip("link", "set", machine.cable, "down")
    other = next(node for node in NODES if node != machine)
    _ip("route", "replace", str(SERVICES), "via", str(other.address))


def heal(machine: Machine) -> None:
    """Reconnect the cable."""
    _ip("link", "set", machine.cable, "up")


def leftovers(machines: Iterable[Machine] = ALL) -> list[str]:
    """Return the names of our namespaces and links that exist."""
    links = {BRIDGE, *(machine.cable for machine in machines)}
    spaces = {machine.namespace for machine in machines}
    return [
        *(f"link {n}" for n in sorted(links) if Path("/sys/class/net", n).exists()),
        *(f"namespace {n}" for n in sorted(spaces) if (_NAMESPACES / n).exists()),
    ]


def _connect(machine: Machine) -> None:
    space = machine.namespace
    _ip("netns", "add", space)
    cable = ("link", "add", machine.cable, "type", "veth")
    _ip(*cable, "peer", "name", "eth0", "netns", space)
    _ip("link", "set", machine.cable, "master", BRIDGE, "up")
    _in(machine, "link", "set", "lo", "up")
    _in(machine, "link", "set", "eth0", "up")
    address = f"{machine.address}/{MACHINES.prefixlen}"
    _in(machine, "address", "add", address, "dev", "eth0")
    for node in NODES:
        if node != machine:
            _in(machine, "route", "add", str(node.pods), "via", str(node.address))
    if machine.pods is None:
        _in(machine, "route", "add", str(SERVICES), "via", str(NODES[0].address))
    else:
        _make_router(machine, machine.pods)


def _make_router(node: Machine, pods: IPv4Network) -> None:
    """Make a node forward for its pods, and route services to its pods' bridge.

    Without that last route a process of the node itself would get "unreachable" for a
    service before kube-proxy could translate its address.
    """
    forward = "/proc/sys/net/ipv4/ip_forward"
    run([*_enter(node), "sh", "-c", f"echo 1 > {forward}"])
    _in(node, "link", "add", POD_BRIDGE, "type", "bridge")
    first = f"{pods[1]}/{pods.prefixlen}"
    _in(node, "address", "add", first, "dev", POD_BRIDGE)
    _in(node, "link", "set", POD_BRIDGE, "up")
    _in(node, "route", "add", str(SERVICES), "dev", POD_BRIDGE)


def _enter(machine: Machine) -> list[str]:
    """Enter its network only: `ip netns exec` also remounts /sys and hides cgroups."""
    return ["nsenter", f"--net={_NAMESPACES / machine.namespace}"]


def _in(machine: Machine, *words: str) -> None:
    run([*_enter(machine), "ip", *words])


def _ip(*words: str) -> None:
    run(["ip", *words])
