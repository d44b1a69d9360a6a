import sys

import psutil
import pytest

from verify.children import run_child
from verify.interrupts import Interrupts

# Starts a child in another session, prints its pid, ignores SIGINT and SIGTERM.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True
)
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def run(tmp_path):
    def run(code: str, limit_seconds: float = 30.0):
        return run_child(
            [sys.executable, "-c", code],
            log=tmp_path / "child.log",
            limit_seconds=limit_seconds,
            interrupts=Interrupts(),
        )

    return run


def test_a_child_ends_with_its_code_and_last_words(run, tmp_path):
    ended = run("import sys; print('first'); print('no such table'); sys.exit(4)")

    assert (ended.code, ended.last_words) == (4, "no such table")
    assert (tmp_path / "child.log").read_text().splitlines()[0] == "first"


def test_a_child_without_output_is_reported(run):
    assert run("").last_words == "it said nothing"


def test_a_hanging_child_is_stopped_with_everything_it_started(run, tmp_path):
    ended = run(STUBBORN, limit_seconds=1.0)

    grandchild = int((tmp_path / "child.log").read_text().splitlines()[0])
    assert ended.code is None
    assert not psutil.pid_exists(grandchild) or (
        psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE
    )
