"""Rules as rendered, and Prometheus's own tool to judge them."""

import subprocess
import sys
from pathlib import Path

import pytest

import targets
from dashboards.proof.rules.promtool import PromtoolMissing, find_promtools
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
def promtools():
    """Both releases, fetched beside the checkout when the machine has them not."""
    try:
        return find_promtools()
    except PromtoolMissing:
        subprocess.run([sys.executable, "-m", "local", "extras"], cwd=ROOT, check=True)
        return find_promtools()


@pytest.fixture(scope="session")
def promtool(promtools):
    """The release that Debian 12 has."""
    return promtools[0]
