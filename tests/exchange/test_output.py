import os
import subprocess
import sys

import pytest

COMMANDS = [("verify", "calibrate"), ("local", "doctor")]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_print_in_a_locale_without_utf_8_and_without_a_home(command, tmp_path):
    """ASCII has neither `×` nor `✓`; both are printed by these commands."""
    environment = {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "ascii",
        "HOLDFAST_STATE": str(tmp_path / "a folder"),
    }

    done = subprocess.run(
        [sys.executable, "-m", *command],
        env=environment,
        capture_output=True,
        check=False,
        timeout=100,
    )

    assert b"Traceback" not in done.stderr
    assert done.stdout.decode("ascii")
