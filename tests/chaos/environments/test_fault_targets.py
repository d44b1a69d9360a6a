"""Local fault targets: kill, freeze, and refusal of processes of other owners."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from chaos.environments.environment import FaultTargetMissing
from chaos.environments.fault_targets import find_fault_target, is_alive
from chaos.timeline import now, wait_until

# A parent whose child, like a Postgres backend, has left its process group.
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""

# Prints a line, then waits until its input is closed.
SLEEPER = ("/bin/sh", "-c", "echo there; read line")


class Speaker(subprocess.Popen[str]):
    """A process that has printed its first line, `said`, once it is constructed."""

    def __init__(self, *command: str, owner: str) -> None:
        super().__init__(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OWNED_BY": owner},
        )
        assert self.stdout is not None
        self.said = self.stdout.readline()


Start = Callable[..., Speaker]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Speaker] = []

    def begin(*command: str, owner: str = str(tmp_path)) -> Speaker:
        process = Speaker(*command, owner=owner)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


async def test_a_kill_takes_children_that_left_the_process_group(start, tmp_path):
    parent = start(sys.executable, "-c", PARENT)
    child = psutil.Process(int(parent.said))
    fault_target = find_fault_target("parent", [parent.pid], belongs_to=str(tmp_path))

    death = await fault_target.kill()

    assert sorted(death.pids) == sorted([parent.pid, child.pid])
    assert (fault_target.alive(), is_alive(child)) == (False, False)
    assert death.at <= death.gone_at <= now()


async def test_a_kill_strikes_the_processes_looked_up_by_aim(start, tmp_path):
    process = start(*SLEEPER)
    fault_target = find_fault_target("sleeper", [process.pid], belongs_to=str(tmp_path))

    fault_target.aim()

    assert (await fault_target.kill()).pids == (process.pid,)


async def test_a_frozen_process_continues_when_thawed(start, tmp_path):
    process = start(*SLEEPER)
    seen = psutil.Process(process.pid)
    fault_target = find_fault_target("sleeper", [process.pid], belongs_to=str(tmp_path))

    fault_target.freeze()
    frozen = await wait_until(
        lambda: seen.status() == psutil.STATUS_STOPPED, until=now() + 5
    )
    fault_target.thaw()
    fault_target.thaw()

    assert frozen
    assert await wait_until(
        lambda: seen.status() != psutil.STATUS_STOPPED, until=now() + 5
    )


def test_a_process_of_another_owner_is_not_a_fault_target(start, tmp_path):
    stranger = start(*SLEEPER, owner="")

    with pytest.raises(FaultTargetMissing, match="is not the platform's"):
        find_fault_target("stranger", [stranger.pid], belongs_to=str(tmp_path))

    assert stranger.poll() is None


def test_a_dead_process_is_not_a_fault_target(start, tmp_path):
    process = start(*SLEEPER)
    process.send_signal(signal.SIGKILL)
    process.wait()

    for pid in (process.pid, None):
        with pytest.raises(FaultTargetMissing, match="is not running"):
            find_fault_target("gone", [pid], belongs_to=str(tmp_path))
