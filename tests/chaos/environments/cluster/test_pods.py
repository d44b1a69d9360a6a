"""Pods, workloads, nodes and the database, parsed from the API's JSON."""

import runpy
from pathlib import Path

import pytest

from chaos.environments.cluster.health import (
    find_primary,
    read_database,
    read_members,
    read_node,
    read_workload,
)
from chaos.environments.cluster.pods import read_pod, read_pods, serving
from chaos.environments.environment import Member
from chaos.probes.health import find_database_problems

NOON_SECONDS = 1_795_176_000.0
MADE = runpy.run_path(str(Path(__file__).with_name("conftest.py")))
pod, workload, node, database = (
    MADE[name] for name in ("pod", "workload", "node", "database")
)


def member(number, role, **changes):
    labels = {"cnpg.io__instanceRole": role, "cnpg.io__cluster": "holdfast"}
    made = pod(f"holdfast-{number}", uid=f"d{number}", **labels)
    return read_pod(made | changes)


MEMBERS = [member(1, "primary"), member(2, "replica"), member(3, "replica")]


def test_a_pod_has_its_start_and_ready_times():
    found = read_pod(pod("api-a", uid="a1"))

    assert (found.started_at, found.ready_at) == (NOON_SECONDS, NOON_SECONDS + 4.0)
    assert (found.uid, found.node, found.leaving) == ("a1", "node-1", False)


def test_only_ready_non_terminating_pods_serve():
    leaving = pod("api-c", uid="a3", app="api")
    leaving["metadata"]["deletionTimestamp"] = MADE["NOON"]
    listed = [
        pod("api-b", uid="a2", app="api"),
        pod("api-a", uid="a1", app="api"),
        pod("api-d", uid="a4", app="api", ready=False),
        pod("worker-a", uid="w1", app="worker"),
        leaving,
    ]

    assert serving(read_pods({"items": listed}), "api") == ("api-a", "api-b")


@pytest.mark.parametrize(
    ("changes", "healthy"),
    [
        ({}, True),
        ({"phase": "Healthy", "observedGeneration": "3"}, True),
        ({"ready": 1}, False),
        ({"seen": 2}, False),
        ({"phase": "Degraded"}, False),
        ({"phase": "Progressing"}, False),
        ({"wanted": 0, "ready": 0}, True),
    ],
)
def test_a_workload_is_healthy_when_all_wanted_pods_are_ready(changes, healthy):
    assert read_workload(workload("api", **changes)).healthy is healthy


@pytest.mark.parametrize(
    ("ready", "healthy"), [("True", True), ("False", False), ("Unknown", False)]
)
def test_a_node_is_healthy_only_while_its_kubelet_reports_ready(ready, healthy):
    assert read_node(node("node-2", ready=ready)).healthy is healthy
    assert not read_node({"metadata": {"name": "node-3"}}).healthy


@pytest.mark.parametrize(
    ("changes", "healthy"),
    [
        ({}, True),
        ({"ready": 2}, False),
        ({"target": "holdfast-2"}, False),
        ({"phase": "Waiting for the instances to become active"}, False),
    ],
)
def test_the_database_is_healthy_when_complete_and_its_operator_is_idle(
    changes, healthy
):
    assert read_database(database(**changes)).healthy is healthy


def test_members_have_roles_from_labels_and_the_primarys_view():
    told = {"holdfast-2": ("streaming", "quorum"), "holdfast-3": ("catchup", "async")}

    assert read_members(MEMBERS, told) == [
        Member(name="holdfast-1", role="leader", streaming=True),
        Member(name="holdfast-2", role="synchronous", streaming=True),
        Member(name="holdfast-3", role="replica", streaming=False),
    ]


def test_a_member_unknown_to_the_primary_is_not_streaming():
    found = read_members(MEMBERS, {"holdfast-2": ("streaming", "quorum")})

    assert find_database_problems(found) == ["holdfast-3 is not streaming"]


def test_a_missing_primary_is_none():
    first, *rest = MEMBERS

    assert find_primary(MEMBERS) == first
    assert find_primary(rest) is None
