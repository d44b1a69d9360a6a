"""The caller gets ahead of pods on its own machine, where it may, and steps back."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.environments.cluster import ahead
from chaos.environments.cluster.ahead import ahead_of_pods
from chaos.environments.cluster.child import Child

CAPABLE = 1 << 23
"""CAP_SYS_NICE."""

# Says what it is in the block and after it. Another user from its argument on: by then
# every module is loaded that this user might not be allowed to read.
CALLER = """
import os, sys
from pathlib import Path
from chaos.environments.cluster.ahead import ahead_of_pods
told = Path(f"/proc/{os.getpid()}/autogroup")
if len(sys.argv) > 1:
    os.setuid(int(sys.argv[1]))
with ahead_of_pods():
    print(told.read_text().split()[-1])
print(told.read_text().split()[-1])
"""


def may_get_ahead():
    own = Path("/proc/self")
    if not (own / "autogroup").exists():
        return False
    found = re.search(r"CapEff:\s*(\w+)", (own / "status").read_text())
    return found is not None and bool(int(found[1], 16) & CAPABLE)


may = pytest.mark.skipif(not may_get_ahead(), reason="only root may, on Linux")


def call(*arguments):
    said = subprocess.run(
        [sys.executable, "-c", CALLER, *arguments],
        start_new_session=True,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return said.stdout.split()


@may
def test_a_caller_is_ahead_until_it_is_done():
    assert call() == ["-7", "0"]


@may
def test_who_may_not_stays_where_it_is():
    assert call("65534") == ["0", "0"]


def test_a_system_without_such_groups_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(ahead, "_SESSION", tmp_path / "autogroup")

    with ahead_of_pods():
        pass

    assert list(tmp_path.iterdir()) == []


async def test_kubectl_is_ahead_with_its_caller_but_out_of_reach_of_its_terminal():
    session, group = [
        await told_by_child(f"os.{ask}(0)") for ask in ("getsid", "getpgid")
    ]

    assert session == os.getsid(0)
    assert group != os.getpgid(0)


async def told_by_child(ask):
    script = f"import os, time; print('at', {ask}, flush=True); time.sleep(60)"
    child = await Child.start((sys.executable, "-c", script), re.compile(r"at (\d+)"))
    await child.stop()
    return child.port
