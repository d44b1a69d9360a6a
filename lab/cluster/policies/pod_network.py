"""A pod's address and its named ports."""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address
from typing import Final

from lab.cluster.policies.kinds import Pod

_OVER: Final = frozenset({"Succeeded", "Failed"})


def has_network(pod: Pod) -> bool:
    """Return whether the pod has an address of its own, now.

    A pod in its node's network has the node's address; a pod that has ended may have
    left its address to another.
    """
    if pod.spec.host_network or pod.status.phase in _OVER:
        return False
    try:
        IPv4Address(pod.status.address)
    except AddressValueError:
        return False
    return True


def number_of(pod: Pod) -> int:
    """Return its address as a number, if it `has_network`."""
    return _number(pod.status.address)


@lru_cache(maxsize=4096)
def _number(address: str) -> int:
    return int(IPv4Address(address))


def ports_named(pod: Pod, name: str, protocol: str) -> Iterator[int]:
    """Return the numbers of the pod's ports with that name."""
    staying = [c for c in pod.spec.init_containers if c.restart_policy == "Always"]
    for container in (*pod.spec.containers, *staying):
        for port in container.ports:
            if port.name == name and port.protocol == protocol:
                yield port.container_port
