"""The programs that the plan starts accept the names in the plan."""

import os
import subprocess
import sys

import pytest

import targets
from verify.plan import CLUSTER, FULL

WIDE = os.environ | {"COLUMNS": "200"}


def ask(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env=WIDE,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_every_experiment_of_the_plan_is_listed_by_chaos():
    listed = ask("chaos", "list")

    for step in FULL:
        if step.kind == "chaos":
            assert step.name in listed


def test_every_experiment_of_the_cluster_is_listed_for_kubernetes():
    listed = ask("chaos", "list", "--on", "kubernetes")

    for step in CLUSTER:
        if step.command and step.kind == "cluster":
            assert step.name in listed


def test_loadtests_accept_the_published_file_of_a_cluster():
    assert "--cluster" in ask("loadtests", "run", "--help")


def test_every_suite_of_the_plan_is_a_choice_of_loadtests():
    offered = ask("loadtests", "run", "--help")

    assert all(name in offered for name in targets.load().proof.load)


@pytest.mark.parametrize("verb", ["up", "down", "status"])
def test_local_has_the_commands_that_verify_runs(verb):
    assert verb in ask("local", verb, "--help")
