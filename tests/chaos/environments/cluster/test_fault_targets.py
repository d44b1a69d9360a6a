"""Pods are killed completely: the processes of their control group, then the pod."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from chaos.environments.cluster.fault_targets import (
    PodFaultTarget,
    find_pod_uid,
    find_processes,
)
from chaos.environments.cluster.pods import Pod
from chaos.environments.environment import FaultTargetMissing
from chaos.faults.kills import see_death
from chaos.timeline import now, wait_until

UID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
POD = Pod(name="api-a", namespace="holdfast", uid=UID, labels={})
OTHER = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    "line",
    [
        f"1:name=systemd:/kubepods/burstable/pod{UID}/8f3a",
        f"4:memory:/node2/kubepods/pod{UID}/8f3a",
        f"0::/kubepods.slice/kubepods-pod{UID.replace('-', '_')}.slice/cri-8f3a.scope",
    ],
)
def test_a_pod_is_identified_by_its_control_group_under_either_driver(line):
    assert find_pod_uid(f"12:pids:/\n{line}\n") == UID


@pytest.mark.parametrize(
    "line", ["0::/user.slice/session-1.scope", f"0::/podman/{UID}", "0::/podcast"]
)
def test_a_control_group_without_a_pod_has_no_uid(line):
    assert find_pod_uid(line) is None


def test_only_the_processes_of_these_pods_are_found(tmp_path):
    me = psutil.Process().pid
    for pid, uid in ((me, UID), (1, OTHER)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cgroup").write_text(f"0::/kubepods/pod{uid}/c\n")
    (tmp_path / "self").mkdir()
    (tmp_path / "4194304").mkdir()

    assert [p.pid for p in find_processes({UID}, tmp_path)] == [me]


@pytest.fixture
def confined() -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process in a real control group that is named like a pod's."""
    group = next(
        (
            root / "kubepods" / f"pod{UID}"
            for root in map(Path, ("/sys/fs/cgroup/pids", "/sys/fs/cgroup"))
            if (root / "cgroup.procs").exists()
        ),
        None,
    )
    if group is None:
        pytest.skip("no control groups are mounted here")
    made = [p for p in (group.parent, group) if not p.exists()]
    try:
        group.mkdir(parents=True, exist_ok=True)
        with subprocess.Popen(["/bin/sleep", "60"]) as process:
            try:
                (group / "cgroup.procs").write_text(str(process.pid))
                yield process
            finally:
                process.kill()
    except OSError as forbidden:
        pytest.skip(f"control groups may not be made here: {forbidden}")
    finally:
        for folder in reversed(made):
            if folder.exists():
                folder.rmdir()


async def test_a_pod_dies_with_its_processes_and_is_deleted(confined):
    deleted = []

    async def remove(pods):
        deleted.extend(pods)

    fault_target = PodFaultTarget("api-a", [POD], remove, processes_here=True)
    seen = psutil.Process(confined.pid)
    fault_target.freeze()
    frozen = await wait_until(
        lambda: seen.status() == psutil.STATUS_STOPPED, until=now() + 5
    )
    fault_target.thaw()
    death = await fault_target.kill()

    assert frozen
    assert (death.pids, deleted) == ((confined.pid,), [POD])
    told = await see_death(fault_target, death)
    assert told is not None
    assert "api-a with 1 processes gone" in told


async def test_a_pod_with_processes_on_another_machine_is_only_deleted():
    deleted = []

    async def remove(pods):
        deleted.extend(pods)

    fault_target = PodFaultTarget("api-a", [POD], remove, processes_here=False)
    before = fault_target.alive()
    death = await fault_target.kill()

    assert (before, fault_target.alive(), deleted) == (True, False, [POD])
    assert death.pids == ()
    with pytest.raises(FaultTargetMissing, match="runs on this machine"):
        fault_target.freeze()


async def test_a_pod_without_a_process_here_is_not_deleted():
    async def remove(_pods):
        pytest.fail("nothing may be deleted")

    fault_target = PodFaultTarget("api-a", [POD], remove, processes_here=True)

    with pytest.raises(FaultTargetMissing, match="no process of api-a"):
        await fault_target.kill()


async def test_a_pod_that_survives_its_deletion_raises():
    async def remove(_pods):
        raise TimeoutError("api-a is still there after its deletion")

    fault_target = PodFaultTarget("api-a", [POD], remove, processes_here=False)

    with pytest.raises(TimeoutError, match="still there"):
        await fault_target.kill()
    assert fault_target.alive()
