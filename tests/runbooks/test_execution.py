"""A command runs without a shell, within its time, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time

import psutil

from runbooks.walker.execution import execute

MARK = "86399.5"
"""A duration of sleep that no other process uses."""
HANGING = f"import subprocess; subprocess.run(['sleep', '{MARK}'])"


def sleepers():
    return [
        p for p in psutil.process_iter(["cmdline"]) if MARK in (p.info["cmdline"] or [])
    ]


def wait_for(holds, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # polling with a deadline


def test_output_and_exit_code_are_kept():
    done = execute(["sh", "-c", "echo out; echo err >&2; exit 3"], timeout_seconds=20)

    assert (done.exit, done.output) == (3, "out\nerr\n")


def test_no_shell_reads_the_words():
    done = execute(["echo", "$HOME;", "`id`"], timeout_seconds=20)

    assert done.output == "$HOME; `id`\n"


def test_a_missing_program_is_a_result_too():
    assert execute(["no-such-program"], timeout_seconds=20).exit == 127


def test_a_command_that_hangs_is_ended_with_all_its_processes():
    done = execute([sys.executable, "-c", HANGING], timeout_seconds=2)

    assert done.exit is None
    assert "stopped after 2 s" in done.output
    wait_for(lambda: not sleepers())


def test_an_interrupted_walk_ends_its_command():
    script = (
        "import signal, sys; from runbooks.walker.execution import execute\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"execute([sys.executable, '-c', {HANGING!r}], timeout_seconds=600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stderr=subprocess.DEVNULL
    ) as walk:
        wait_for(lambda: len(sleepers()) >= 1)
        os.kill(walk.pid, signal.SIGINT)
        walk.wait(30)

    wait_for(lambda: not sleepers())
