"""Import contracts: all hold, and a planted defect breaks each of them."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
NAMES = {contract["id"]: contract["name"] for contract in LINTER["contracts"]}
PLANTED = [
    ("packages", "targets/units.py", "import exchange.folders"),
    ("packages", "exchange/folders.py", "import local"),
    ("packages", "clients/views.py", "import targets"),
    ("packages", "chaos/steps.py", "import api.settings"),
    ("packages", "verify/__init__.py", "import workers"),
    ("exchange-unused", "workers/backoff.py", "import exchange.folders"),
    ("workers", "workers/backoff.py", "import api.identity.tables"),
    ("workers-without-litestar", "workers/backoff.py", "import litestar"),
    ("api-layers", "api/kernel/clock.py", "import api.identity.errors"),
    ("slice-layers", "api/events/service/listing.py", "import api.events.schemas"),
    ("core", "api/identity/errors.py", "import litestar"),
    ("identity", "api/events/errors.py", "import api.identity.tables"),
    ("organizations", "api/events/errors.py", "import api.organizations.tables"),
    ("events", "api/identity/errors.py", "import api.events.limits"),
    ("locust", "chaos/steps.py", "import gevent"),
    ("pulumi", "dashboards/naming.py", "import pulumi"),
]
ON_THE_PLATFORM = {"infra"}
ROOMS = [*(set(LINTER["root_packages"]) - ON_THE_PLATFORM), "platform"]


def lint(folder, *options):
    program = Path(sys.executable).with_name("lint-imports")
    paths = os.pathsep.join([str(folder), str(folder / "platform")])
    return subprocess.run(
        [program, "--no-cache", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the packages' code that tests may change."""
    folder = tmp_path_factory.mktemp("house")
    for room in ROOMS:
        shutil.copytree(
            ROOT / room,
            folder / room,
            ignore=shutil.ignore_patterns("__pycache__", "rendered"),
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_contract_holds():
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout


def test_every_contract_has_a_planted_defect():
    assert {contract for contract, _, _ in PLANTED} == set(NAMES)


@pytest.mark.parametrize(("contract", "name", "statement"), PLANTED)
def test_a_forbidden_import_breaks_its_contract(copy, contract, name, statement):
    file = copy / name
    healthy = file.read_text()
    file.write_text(f"{healthy}\n{statement}\n")
    try:
        done = lint(copy, "--contract", contract)
    finally:
        file.write_text(healthy)

    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{NAMES[contract]} BROKEN" in " ".join(done.stdout.split())


def test_the_unchanged_copy_breaks_nothing(copy):
    assert lint(copy).returncode == 0
