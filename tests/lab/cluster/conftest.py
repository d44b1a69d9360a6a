"""A machine of a test's own, beside those of a cluster that may be up."""

import pytest

from lab.cluster import cabling, machine
from lab.cluster.addresses import MACHINES, Machine
from lab.cluster.daemons import Orders
from lab.cluster.places import Places
from lab.cluster.shell import run


@pytest.fixture
def places(tmp_path):
    return Places(state=tmp_path, cache=tmp_path / "cache")


@pytest.fixture
def stray():
    return Machine("test", MACHINES[9])


@pytest.fixture
def switched(places, stray, tmp_path):
    """Starts the test machine with some daemons; it is off afterwards."""
    run(["ip", "netns", "add", stray.namespace])

    def start(*daemons, groups=()):
        orders = Orders(
            logs=str(tmp_path / "logs"),
            said=str(tmp_path / "said"),
            private=(str(tmp_path / "private"),),
            daemons=daemons,
            groups=groups,
        )
        machine.start(places, stray, orders)
        machine.wait(places, stray, orders)

    yield start
    machine.switch_off(places, stray)
    cabling.unplug(stray)
