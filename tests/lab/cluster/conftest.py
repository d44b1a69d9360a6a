"""Programs that the tests need, and a machine separate from a running cluster's."""

import os
import shutil

import pytest

from lab.cluster import cabling, machine
from lab.cluster.addresses import MACHINES, Machine
from lab.cluster.daemons import Orders
from lab.cluster.places import Places
from lab.cluster.programs import PACKAGES, install_packages
from lab.cluster.shell import run


@pytest.fixture(scope="session")
def network_programs():
    """Have `ip` and `nft`: install them as root with apt, or fail at once."""
    lacking = [name for name in ("ip", "nft") if not shutil.which(name)]
    if not lacking:
        return
    packages = [PACKAGES[name] for name in lacking]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.fail(f"install them: sudo apt-get install {' '.join(packages)}")
    install_packages(packages)


@pytest.fixture
def places(tmp_path):
    return Places(state=tmp_path, cache=tmp_path / "cache")


@pytest.fixture
def stray(network_programs):  # noqa: ARG001 - `ip` must be there first
    return Machine("test", MACHINES[9])


@pytest.fixture
def switched(places, stray, tmp_path):
    """Starts the test machine with some daemons; switches it off afterwards."""
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
