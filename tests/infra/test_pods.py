"""Rules for each pod of our own programs, beside the standard of every pod."""

import pytest
from infra.quantities import BURST, millicores

import targets

WORKLOADS = ("Deployment", "Job", "Rollout")
THIRD_PARTY = ("api-proxy",)
"""Runs a third-party program, before ours."""


@pytest.fixture
def pods(ours):
    found = {
        made["name"]: made["inputs"]["spec"]["template"]["spec"]
        for made in ours
        if made["type"] in WORKLOADS and made["name"] not in THIRD_PARTY
    }
    assert set(found) == {"api", "worker", "relay", "scheduler", "migrations"}
    return found


@pytest.fixture
def containers(pods):
    return {name: pod["containers"][0] for name, pod in pods.items()}


def test_one_container_a_pod(pods):
    assert all(len(pod["containers"]) == 1 for pod in pods.values())


def test_every_container_is_limited_by_its_request(containers):
    for container in containers.values():
        asked, limits = (container["resources"][key] for key in ("requests", "limits"))

        assert set(limits) == {"cpu", "memory"}
        assert asked["memory"] == limits["memory"]
        assert millicores(limits["cpu"]) == BURST * millicores(asked["cpu"])


def test_the_memory_limit_leaves_room_for_the_target_and_its_alert(containers):
    promised = targets.load()
    needed = promised.limit["api-memory"].value

    for container in containers.values():
        mebibytes = int(container["resources"]["limits"]["memory"].removesuffix("Mi"))

        assert needed < mebibytes * 2**20 <= promised.assume.container_memory.count


def test_no_pod_has_access_to_the_api_server(pods, ours):
    accounts = [made for made in ours if made["type"] == "ServiceAccount"]

    names = {account["inputs"]["metadata"]["name"] for account in accounts}
    used = {pod["serviceAccountName"] for pod in pods.values()}
    assert names == used | {*THIRD_PARTY}
    assert not any(pod["automountServiceAccountToken"] for pod in pods.values())
    assert not any(a["inputs"]["automountServiceAccountToken"] for a in accounts)


def test_readiness_checks_dependencies_and_liveness_does_not(containers):
    api = containers["api"]

    assert api["livenessProbe"]["httpGet"] == {"path": "/health/live", "port": "http"}
    assert api["readinessProbe"]["httpGet"] == {"path": "/health/ready", "port": "http"}


def test_every_long_running_program_has_liveness_and_startup_probes(containers):
    lasting = {k: c for k, c in containers.items() if k != "migrations"}

    for container in lasting.values():
        probed = {container[p]["httpGet"]["port"] for p in PROBES}
        declared = {port["name"] for port in container["ports"]}

        assert probed <= declared


PROBES = ("livenessProbe", "startupProbe")


def test_the_api_leaves_the_service_and_finishes_within_its_grace_period(
    pods, containers, ours
):
    leaving = containers["api"]["lifecycle"]["preStop"]["sleep"]["seconds"]
    (told,) = [m["inputs"]["data"] for m in ours if is_config(m, "api")]
    stopping = int(told["HOLDFAST_STOP_SECONDS"])

    assert leaving > 0
    assert leaving + stopping < pods["api"]["terminationGracePeriodSeconds"]


def is_config(made, name):
    return (made["type"], made["name"]) == ("ConfigMap", name)


def test_replicas_are_spread_over_nodes_and_zones(pods):
    for pod in pods.values():
        keys = [c["topologyKey"] for c in pod["topologySpreadConstraints"]]

        assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]


def test_every_program_has_a_disruption_budget_that_lets_a_node_drain(ours):
    deployed = {m["name"] for m in ours if m["type"] in ("Deployment", "Rollout")}
    budgets = [m for m in ours if m["type"] == "PodDisruptionBudget"]

    assert {budget["name"] for budget in budgets} == deployed
    assert all(b["inputs"]["spec"]["maxUnavailable"] for b in budgets)
