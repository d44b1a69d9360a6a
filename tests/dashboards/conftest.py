"""The rendered rules, and the promtool releases that test them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dashboards.proof.rules.promtool import PROMTOOL_3, PromtoolMissing, find_promtools
from dashboards.rules.files import rule_groups
from exchange.folders import tools_folder
from targets import load
from tests.compiled import PROMTOOL, compiled

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def targets():
    return load()


@pytest.fixture(scope="session")
def rules(targets):
    return [
        rule
        for groups in rule_groups(targets).values()
        for group in groups
        for rule in group.rules
    ]


@pytest.fixture(scope="session")
def promtools():
    """Both releases, fetched beside the checkout when the machine lacks them.

    Where apt knows no archive of Debian (Ubuntu), the newer one is compiled.
    """
    try:
        return find_promtools()
    except PromtoolMissing:
        subprocess.run([sys.executable, "-m", "local", "extras"], cwd=ROOT, check=False)
    newer = tools_folder() / PROMTOOL_3
    if not newer.is_file():
        newer.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(compiled(PROMTOOL), newer)
    return find_promtools()


@pytest.fixture(scope="session")
def promtool(promtools):
    """The release that Debian 12 has."""
    return promtools[0]
