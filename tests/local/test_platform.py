"""A whole real platform in its own folder and on its own ports."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local.places import Places
from local.ports import OFFSETS, is_busy
from local.processes import own_processes
from local.settings import CHECKOUT
from local.status import PlatformStatus, ProcessStatus, read_status

pytestmark = pytest.mark.timeout(240)


def free_port_base() -> int:
    for base in range(21_000, 31_000, 200):
        if not any(is_busy(base + offset) for offset in OFFSETS.values()):
            return base
    pytest.fail("no block of free ports from 21000 to 31000")


class Commands:
    """`python -m local …` in one state folder."""

    def __init__(self, root: Path, base: int) -> None:
        self.places = Places(root)
        self.base = base
        self.said: list[str] = []
        self.environment = os.environ | {
            "HOLDFAST_STATE": str(root),
            "HOLDFAST_PORT_BASE": str(base),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "local", *arguments],
            cwd=CHECKOUT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        said, _ = process.communicate(timeout=200)
        return process.returncode, said

    def status(self) -> PlatformStatus:
        return read_status(self.places)

    def process(self, name: str) -> ProcessStatus:
        return self.status().processes[name]

    def leaves_nothing(self) -> bool:
        ports = [self.base + offset for offset in OFFSETS.values()]
        return (
            not own_processes(self.places.state)
            and not self.places.state.exists()
            and not any(is_busy(port) for port in ports)
        )


@pytest.fixture(scope="module")
def platform(tmp_path_factory) -> Iterator[Commands]:
    commands = Commands(tmp_path_factory.mktemp("platform"), free_port_base())
    starts = [commands.start("up"), commands.start("up")]
    commands.said = [start.communicate(timeout=200)[0] for start in starts]
    try:
        assert [start.returncode for start in starts] == [0, 0], commands.said
        yield commands
    finally:
        commands.run("down")


def until(holds, seconds: float = 30):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_of_two_starts_at_once_one_starts_and_the_other_joins(platform):
    assert sum("ready after" in said for said in platform.said) == 1
    assert sum("already running" in said for said in platform.said) == 1


def test_every_essential_program_is_healthy_and_one_standby_is_synchronous(platform):
    code, said = platform.run("status", "--json")

    assert code == 0
    status = json.loads(said)
    assert status["ready"]
    roles = [one["role"] for one in status["processes"].values() if "role" in one]
    assert sorted(roles) == ["leader", "replica", "synchronous"]
    assert {one["state"] for one in status["processes"].values()} == {"running"}


def test_memory_stays_under_the_target(platform):
    assert platform.status().pss_bytes < 1_500_000_000


def test_the_published_file_has_every_address(platform):
    published = json.loads(platform.places.published.read_text())

    assert platform.places.published.stat().st_mode & 0o077 == 0
    assert published["schema"] == 1
    assert published["api"]["url"] == f"http://127.0.0.1:{platform.base}"
    assert published["hold_dir"] == str(platform.places.hold)
    assert published["processes"]["api-1"]["kind"] == "api"
    assert set(published["redis"]) == {"broker", "cache"}
    assert len(published["database"]["hosts"]) == 3


def test_no_secret_is_on_a_command_line_or_in_a_log(platform):
    secrets = [file.read_text() for file in platform.places.secrets.iterdir()]
    lines = [
        " ".join(own.process.cmdline())
        for own in own_processes(platform.places.state)
        if own.process.is_running()
    ]
    logs = [file.read_text() for file in platform.places.logs.iterdir()]

    assert not [one for one in secrets for text in (*lines, *logs) if one in text]


def test_each_program_leads_its_own_process_group(platform):
    pids = [one.pid for one in platform.status().processes.values()]

    assert [os.getpgid(pid) for pid in pids] == pids


def test_a_killed_program_is_started_again(platform):
    before = platform.process("worker-1").pid
    os.killpg(before, signal.SIGKILL)

    until(lambda: platform.process("worker-1").pid not in (before, None))
    until(lambda: platform.process("worker-1").healthy)


def test_a_held_program_stays_down_until_it_is_released(platform):
    hold = platform.places.hold / "worker-2"
    hold.touch()
    os.killpg(platform.process("worker-2").pid, signal.SIGKILL)

    until(lambda: platform.process("worker-2").state == "held")
    assert not platform.status().ready
    assert platform.process("worker-2").pid is None

    hold.unlink()
    until(lambda: platform.process("worker-2").healthy)


def test_a_restart_can_change_the_environment(platform):
    code, said = platform.run("restart", "relay", "--env", "HOLDFAST_LOG_LEVEL=debug")

    assert code == 0, said
    assert (
        psutil.Process(platform.process("relay").pid).environ()["HOLDFAST_LOG_LEVEL"]
        == "debug"
    )


def test_a_second_up_joins(platform):
    code, said = platform.run("up")

    assert (code, "already running" in said) == (0, True)


def test_an_up_with_other_options_is_refused(platform):
    code, said = platform.run("up", "--asynchronous")

    assert (code, "take it down first" in said) == (2, True)


def test_a_busy_port_is_named_with_its_process_before_anything_starts(
    platform, tmp_path
):
    other = Commands(tmp_path, platform.base)

    code, said = other.run("up")

    assert code == 2
    assert f"port {platform.base} (api) is taken by process" in said
    assert not other.places.state.exists()


def test_logs_are_readable(platform):
    code, said = platform.run("logs", "api-1")

    assert code == 0
    assert "info" in said
    assert "{" not in said.splitlines()[0]


def test_down_leaves_nothing_even_after_the_supervisor_was_killed(platform):
    kept = platform.places.tools / "kept"
    kept.parent.mkdir(exist_ok=True)
    kept.touch()
    os.kill(platform.status().supervisor_pid, signal.SIGKILL)

    code, said = platform.run("down")

    assert code == 0, said
    assert platform.leaves_nothing()
    assert kept.exists()


def test_an_interrupted_up_leaves_nothing(platform):
    process = platform.start("up")
    until(lambda: own_processes(platform.places.state))
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 130, said
    assert platform.leaves_nothing()


def test_a_program_that_cannot_start_ends_up_with_its_log(tmp_path):
    commands = Commands(tmp_path / "root", free_port_base())
    impostor = tmp_path / "redis-server"
    shutil.copy("/bin/ls", impostor)
    path = f"{tmp_path}:{commands.environment['PATH']}"
    commands.environment["PATH"] = path

    code, said = commands.run("up")

    assert code == 1
    assert re.search(r"\b(broker|cache): ended 3 times", said.replace("\n", " "))
    assert re.search(r"\b(broker|cache)\.conf", said.replace("\n", ""))
    assert commands.leaves_nothing()


def test_doctor_names_a_port_that_is_taken(tmp_path):
    commands = Commands(tmp_path, free_port_base())
    with socket.create_server(("127.0.0.1", commands.base)):
        code, said = commands.run("doctor")

    assert code == 1
    assert f"port {commands.base} (api) is taken by process {os.getpid()}" in said
