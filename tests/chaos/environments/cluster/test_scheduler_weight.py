"""The scheduler weight is raised on the machine of the pods, and restored."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.environments.cluster.child import Child
from chaos.environments.cluster.published import load_cluster
from chaos.environments.cluster.scheduler_weight import raised_scheduler_weight
from chaos.environments.kubernetes import KubernetesEnvironment
from tests.fake_programs import write_program

CAP_SYS_NICE = 1 << 23

# Prints the weight inside the block and after it. It changes to the user of its
# argument after every import, because that user may not be allowed to read the modules.
CALLER = """
import os, sys
from pathlib import Path
from chaos.environments.cluster.scheduler_weight import raised_scheduler_weight
told = Path(f"/proc/{os.getpid()}/autogroup")
if len(sys.argv) > 1:
    os.setuid(int(sys.argv[1]))
with raised_scheduler_weight():
    print(told.read_text().split()[-1])
print(told.read_text().split()[-1])
"""


DOCUMENT = {
    "kubeconfig": "/nonexistent/kubeconfig",
    "kubectl": "/nonexistent/kubectl",
    "namespace": "holdfast",
    "data_namespace": "holdfast-data",
    "api": {"url": "http://127.0.0.1:1"},
    "database": {"monitor": {"name": "holdfast_monitor", "password": "secret"}},
    "redis": {},
    "machine": {"cores": 2},
}
# A fake kubectl that forwards every request to the same port.
KUBECTL = """\
import time
print("Starting to serve on 127.0.0.1:{port}")
print("Forwarding from 127.0.0.1:{port}", flush=True)
time.sleep(60)
"""


@pytest.fixture
def session(tmp_path):
    """Return a stand-in for the autogroup file of this session."""
    file = tmp_path / "autogroup"
    file.write_text("/autogroup-1 nice 0\n")
    return file


@pytest.fixture
def kubectl(tmp_path, api_url):
    file = tmp_path / "kubectl"
    write_program(file, KUBECTL.format(port=api_url.rpartition(":")[2]))
    return str(file)


@pytest.fixture
def environment(tmp_path, session):
    def publish(**told):
        file = tmp_path / "platform.json"
        file.write_text(json.dumps(DOCUMENT | told))
        return KubernetesEnvironment(load_cluster(file), autogroup=session)

    return publish


def may_raise_weight():
    own = Path("/proc/self")
    if not (own / "autogroup").exists():
        return False
    found = re.search(r"CapEff:\s*(\w+)", (own / "status").read_text())
    return found is not None and bool(int(found[1], 16) & CAP_SYS_NICE)


may = pytest.mark.skipif(not may_raise_weight(), reason="only root may, on Linux")


def call(*arguments):
    command = [sys.executable, "-c", CALLER, *arguments]
    said = subprocess.check_output(command, start_new_session=True, timeout=30)
    return said.decode().split()


@may
def test_the_weight_is_raised_until_the_block_ends():
    assert call() == ["-7", "0"]


@may
def test_a_user_without_the_right_keeps_the_weight():
    assert call("65534") == ["0", "0"]


def test_a_system_without_such_groups_changes_nothing(tmp_path):
    with raised_scheduler_weight(tmp_path / "autogroup"):
        pass

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("here", "during"), [(True, "-7"), (False, "0")])
async def test_the_weight_is_raised_only_on_the_machine_of_the_pods(
    environment, session, kubectl, here, during
):
    async with environment(processes_here=here, kubectl=kubectl):
        seen = session.read_text()

    assert seen.split()[-1] == during
    assert session.read_text().split()[-1] == "0"


async def test_the_weight_is_restored_when_entering_fails(environment, session):
    with pytest.raises(FileNotFoundError):
        await environment(processes_here=True).__aenter__()

    assert session.read_text() == "0"


async def test_kubectl_shares_the_session_but_not_the_process_group_of_its_caller():
    assert await told_by_child("os.getsid(0)") == os.getsid(0)
    assert await told_by_child("os.getpgid(0)") != os.getpgid(0)


async def told_by_child(ask):
    script = f"import os, time; print('at', {ask}, flush=True); time.sleep(60)"
    child = await Child.start((sys.executable, "-c", script), re.compile(r"at (\d+)"))
    await child.stop()
    return child.port
