import os
import subprocess
import sys

import pytest

from bench.accounting import Account, take, tree_bytes, tree_seconds
from bench.exchange import RunAborted
from bench.judging import NOISY_SHARE, doubt_noise, judge
from targets.verdict import Verdict


def test_time_of_other_programs_is_foreign():
    before = Account(1, 2, 3, 4, 20)
    after = Account(2, 3, 3.5, 4.5, 30)

    assert after.since(before).foreign == pytest.approx(7)


def test_the_time_of_children_counts_for_their_parent():
    spin = "import time\nwhile time.process_time() < 0.3: pass"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])"
    with subprocess.Popen([sys.executable, "-c", start]) as process:
        most = 0.0
        while process.poll() is None:
            most = max(most, tree_seconds(process.pid))

    assert most > 0.1


def test_our_own_memory_is_measured():
    assert tree_bytes(os.getpid()) > 2**20


def test_an_ended_program_ends_the_run():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with pytest.raises(RunAborted, match="ended"):
        take(subject=process.pid, database=os.getpid(), others=[])


def test_a_noisy_machine_is_a_doubt_and_a_quiet_one_is_not():
    assert doubt_noise(NOISY_SHARE) == []
    assert "90% of a core" in doubt_noise(0.9)[0]


def test_a_doubt_makes_even_a_good_figure_invalid():
    doubted = judge(
        "speed.list-over-peer", 9.0, suite="api", detail="", doubts=["it was loud"]
    )

    assert doubted.verdict is Verdict.INVALID
    assert doubted.value == 9.0


def test_without_a_figure_a_doubt_changes_nothing():
    unmeasured = judge(
        "speed.list-over-peer", None, suite="api", detail="", doubts=["it was loud"]
    )

    assert unmeasured.verdict is Verdict.NOT_MEASURED
