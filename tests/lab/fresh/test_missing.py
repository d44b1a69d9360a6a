"""Missing programs are recognized in each form of real output."""

import subprocess
import sys

import pytest

from lab.fresh.__main__ import Step, summarize
from lab.fresh.missing import missing_programs

ABSENT = "holdfast-absent"


def output_of(*command):
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )
    return done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ("sh", "-c", ABSENT),
        ("bash", "-c", ABSENT),
        ("/usr/bin/env", ABSENT),
        (sys.executable, "-c", f"import subprocess; subprocess.run(['{ABSENT}'])"),
    ],
    ids=["sh", "bash", "env", "python"],
)
def test_a_missing_program_is_named(command):
    assert missing_programs(output_of(*command)) == {ABSENT}


def test_a_missing_file_is_no_missing_program():
    opened = output_of(sys.executable, "-c", "open('/tmp/holdfast/absent.txt')")

    assert missing_programs(opened) == set()


def test_a_missing_program_fails_the_run(capsys):
    passed = [Step("ada", "./task test", 1.0, 0)]

    assert summarize(passed, set()) == 0
    assert summarize(passed, {ABSENT}) == 1
    assert ABSENT in capsys.readouterr().out


def test_a_failed_command_fails_the_run():
    assert summarize([Step("ada", "./task test", 1.0, 1)], set()) == 1
