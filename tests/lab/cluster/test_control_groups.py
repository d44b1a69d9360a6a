"""A machine's branch of control groups: its members, its weight, its removal."""

import os
from functools import partial
from pathlib import Path

import psutil
import pytest

from lab.cluster import control_groups, machine
from lab.cluster.addresses import ALL
from lab.cluster.control_groups import (
    WEIGHTS,
    daemons_of,
    fell_cgroups,
    left_cgroups,
    plant_cgroups,
)
from lab.cluster.daemons import Daemon

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="control groups and namespaces belong to root"
)
USUAL = {"cpu.shares": 1024, "cpu.weight": 100}
SLEEPER = Daemon("one", ("sleep", "1000"))


@pytest.fixture
def groups(places, stray):
    """Files to join the test machine's branch, which is removed afterwards."""
    plant_cgroups(stray)
    yield daemons_of(stray)
    machine.switch_off(places, stray)
    machine.once(partial(fell_cgroups, stray), seconds=5)


def runs_in(group, name):
    numbers = map(int, Path(group).read_text().split())
    return name in {psutil.Process(number).name() for number in numbers}


def weights_of(group):
    files = {name: group / name for name in WEIGHTS}
    return {name: int(f.read_text()) for name, f in files.items() if f.is_file()}


@as_root
def test_daemons_run_in_their_machines_own_group(switched, groups):
    switched(SLEEPER, groups=groups)

    assert groups
    assert all(
        machine.once(partial(runs_in, group, "sleep"), seconds=5) for group in groups
    )


@as_root
def test_only_the_branch_of_a_machine_that_is_off_is_removed(
    switched, places, stray, groups
):
    switched(SLEEPER, groups=groups)
    felled_while_on = fell_cgroups(stray)
    machine.switch_off(places, stray)

    assert not felled_while_on
    assert machine.once(partial(fell_cgroups, stray), seconds=5)
    assert left_cgroups(stray) == []


@as_root
def test_a_branch_has_a_machines_weight_and_daemons_in_it_the_default(groups):
    system = Path(groups[0]).parent
    branch = weights_of(system.parent)

    assert branch
    assert branch == {name: WEIGHTS[name] for name in branch}
    assert weights_of(system).items() <= USUAL.items()


@pytest.mark.parametrize(
    ("handed", "told"), [("memory pids", "+cpu"), ("cpu memory", "cpu memory")]
)
def test_in_version_2_the_root_delegates_cpu(tmp_path, monkeypatch, handed, told):
    monkeypatch.setattr(control_groups, "CGROUPS", tmp_path)
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    (tmp_path / "cgroup.subtree_control").write_text(handed)

    plant_cgroups(ALL[0])

    assert (tmp_path / "cgroup.subtree_control").read_text() == told
    [group] = daemons_of(ALL[0])
    assert Path(group).parent == tmp_path / "holdfast-control" / "system"
    assert Path(group).parent.is_dir()
