"""Runs Locust in its own process, because importing Locust patches sockets."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import msgspec

from loadtests.plan import Plan
from loadtests.stats import Stats

Watch = Callable[[dict[str, int]], None]
_ENGINE = Path(__file__).with_name("engine.py")
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0


class GeneratorBroke(Exception):
    """Locust ended without a result; the message carries the end of its output."""


def generate(plan: Plan, watch: Watch) -> Stats:
    """Run the plan and return the generator's statistics.

    `watch` is called about once a second. Every process is ended on every exit.
    Raises GeneratorBroke.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            command_for(plan),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
        )
        limit = plan.warm_up_seconds + plan.measured_seconds + plan.timeout_seconds
        raise_priority(process)
        overdue = threading.Timer(limit + _START_SECONDS, stop, [process])
        overdue.daemon = True
        overdue.start()
        try:
            return read_stats(process, plan, watch)
        except (GeneratorBroke, OSError) as broken:
            process.wait(timeout=_STOP_SECONDS)
            raise GeneratorBroke(f"{broken}\n{end_of(said)}".strip()) from broken
        finally:
            overdue.cancel()
            stop(process)


def raise_priority(process: subprocess.Popen[bytes]) -> None:
    """Give the generator real-time scheduling where the system allows it.

    A generator on another machine would not compete for the servers' processor either.
    On two busy cores this took the dispatch lag p99 from 30 ms to 2 ms. Only root may
    do it; for other users the measured lag shows the cost.
    """
    with contextlib.suppress(PermissionError, AttributeError):
        os.sched_setscheduler(process.pid, os.SCHED_RR, os.sched_param(1))


def command_for(plan: Plan) -> list[str]:
    users = str(plan.processes)
    command = [sys.executable, "-m", "locust", "-f", str(_ENGINE), "--headless"]
    command += ["--only-summary", "--skip-log-setup", "--host", plan.host]
    command += ["--users", users, "--spawn-rate", users]
    if plan.processes > 1:
        command += ["--processes", users]
    return command


def read_stats(process: subprocess.Popen[bytes], plan: Plan, watch: Watch) -> Stats:
    """Send the plan and read lines until the statistics arrive."""
    if process.stdin is None or process.stdout is None:
        raise GeneratorBroke("the generator has no pipes")
    process.stdin.write(msgspec.json.encode(plan))
    process.stdin.close()
    for line in process.stdout:
        said: dict[str, Any] = msgspec.json.decode(line) if line[:1] == b"{" else {}
        if "stats" in said:
            return Stats().merge(said["stats"])
        if "broke" in said:
            raise GeneratorBroke(said["broke"])
        if "progress" in said:
            watch(said["progress"])
    raise GeneratorBroke("the generator ended without a result")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate the generator and its workers; kill those that do not end."""
    for warning in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            signal_group(process.pid, warning)
        try:
            process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        break
    signal_group(process.pid, signal.SIGKILL)
    if process.stdout is not None:
        process.stdout.close()


def signal_group(leader: int, warning: signal.Signals) -> None:
    """Signal every process of the group, if any is left."""
    try:
        os.killpg(leader, warning)
    except ProcessLookupError:
        return


def end_of(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read().decode(errors="replace")[-2000:].strip()
