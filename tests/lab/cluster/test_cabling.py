"""Real namespaces and cables: reachable, cut, healed, and removed completely."""

import os
import socket
import subprocess

import pytest

from lab.cluster import cabling
from lab.cluster.addresses import CONTROL, MACHINES, NODES, SERVICES, Machine
from lab.cluster.machine import once
from lab.cluster.shell import run

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="network namespaces belong to root"
)


@pytest.fixture
def cables(network_programs):  # noqa: ARG001 - `ip` must be there first
    """The cluster's cabling, unless a cluster of this machine uses it."""
    if cabling.leftovers():
        pytest.fail("a cluster is up: end it with ./task cluster:down")
    cabling.lay()
    yield
    cabling.clear()


def listening(machine):
    """A process of the machine that accepts one connection after another."""
    code = (
        "import socket; s = socket.create_server(('', 7000));"
        "print('listening', flush=True);"
        "\nwhile True: s.accept()[0].close()"
    )
    enter = ["nsenter", f"--net=/run/netns/{machine.namespace}", "python3", "-c", code]
    return subprocess.Popen(enter, stdout=subprocess.PIPE)


def reaches(machine):
    try:
        socket.create_connection((str(machine.address), 7000), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.mark.usefixtures("cables")
def test_a_cut_node_is_unreachable_until_it_is_healed():
    node = NODES[1]
    with listening(node) as server:
        assert server.stdout.readline() == b"listening\n"
        seen = [reaches(node)]
        cabling.cut(node)
        seen.append(reaches(node))
        cabling.heal(node)
        seen.append(once(lambda: reaches(node), seconds=20))
        server.kill()

    assert seen == [True, False, True]


@pytest.mark.usefixtures("cables")
def test_no_machine_has_a_route_out():
    for machine in (CONTROL, *NODES):
        enter = ["nsenter", f"--net=/run/netns/{machine.namespace}"]
        routes = subprocess.check_output([*enter, "ip", "route"], text=True)

        assert "default" not in routes


@pytest.mark.usefixtures("cables")
def test_clearing_leaves_nothing_and_may_be_repeated():
    assert cabling.leftovers()

    cabling.clear()
    cabling.clear()

    assert cabling.leftovers() == []


@pytest.mark.usefixtures("network_programs")
def test_a_planted_leftover_is_named():
    stray = Machine("stray", MACHINES[9])
    run(["ip", "netns", "add", stray.namespace])
    try:
        assert "namespace hf-stray" in cabling.leftovers([stray])
    finally:
        cabling.unplug(stray)


def test_ranges_do_not_overlap():
    ranges = [MACHINES, SERVICES, *(node.pods for node in NODES if node.pods)]

    assert not any(
        one.overlaps(other)
        for index, one in enumerate(ranges)
        for other in ranges[index + 1 :]
    )
