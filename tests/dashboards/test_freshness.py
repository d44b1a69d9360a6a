"""Committed files equal the rendered ones, and the check finds differences."""

import shutil
import subprocess
import sys

import pytest

from dashboards.rendering import RENDERED, render, stale, write


def run_check(folder):
    return subprocess.run(
        [sys.executable, "-m", "dashboards", "check", "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(RENDERED, tmp_path / "rendered")


def test_committed_files_are_fresh(targets):
    assert stale(render(targets), RENDERED) == []


def test_a_threshold_changed_by_hand_is_found(copy):
    rules = copy / "alerts.rules.yml"
    rules.write_text(rules.read_text().replace("> 30\n", "> 300\n"))

    done = run_check(copy)

    assert done.returncode == 1
    assert "alerts.rules.yml is stale" in done.stdout


def test_an_extra_file_is_found(copy, targets):
    (copy / "forgotten.rules.yml").write_text("groups: []\n")

    assert stale(render(targets), copy) == ["forgotten.rules.yml"]


def test_rendering_repairs_stale_files(copy, targets):
    (copy / "forgotten.rules.yml").write_text("groups: []\n")
    (copy / "holdfast-slo.json").unlink()

    write(render(targets), copy)

    assert run_check(copy).returncode == 0
