"""Rules as rendered, and Prometheus's own tool to judge them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import targets
from dashboards.rules.files import rule_groups

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def promised():
    return targets.load()


@pytest.fixture(scope="session")
def rules(promised):
    return [
        rule
        for groups in rule_groups(promised).values()
        for group in groups
        for rule in group.rules
    ]


@pytest.fixture(scope="session")
def promtool():
    """Debian's promtool, fetched beside the checkout when the machine has none."""
    found = find_promtool()
    if found is None:
        subprocess.run([sys.executable, "-m", "local", "extras"], cwd=ROOT, check=True)
        found = find_promtool()
    assert found, "promtool is missing: install Debian's package prometheus"
    return found


def find_promtool():
    state = Path(os.environ.get("HOLDFAST_STATE", ROOT / ".holdfast"))
    unpacked = state / "tools" / "usr" / "bin" / "promtool"
    return str(unpacked) if unpacked.is_file() else shutil.which("promtool")
