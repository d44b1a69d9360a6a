"""Every container is limited, probed and restricted; every namespace is closed."""

import copy

import pytest

from tests.infra.standards import (
    READERS,
    faults_of_pod,
    faults_of_policies,
    pods_of,
)


def test_every_pod_meets_the_standard(objects):
    faults = {
        name: found
        for name, pod in pods_of(objects)
        if (found := faults_of_pod(name.partition(" ")[0], pod))
        and found != READERS.get(name)
    }

    assert faults == {}


def test_pods_made_by_operators_are_limited_and_restricted(objects):
    (cluster,) = [m["inputs"]["spec"] for m in objects if m["type"] == "Cluster"]
    (store,) = [m["inputs"]["spec"] for m in objects if m["type"] == "ObjectStore"]
    sidecar = store["instanceSidecarConfiguration"]["resources"]

    for resources in (cluster["resources"], sidecar):
        assert set(resources["limits"]) == set(resources["requests"])
        assert set(resources["limits"]) == {"cpu", "memory"}
    assert cluster["seccompProfile"] == {"type": "RuntimeDefault"}


def test_every_namespace_is_closed_and_every_permission_names_a_peer_and_port(objects):
    assert faults_of_policies(objects) == []


def test_every_namespace_refuses_unrestricted_pods(objects):
    for made in objects:
        if made["type"] == "Namespace":
            labels = made["inputs"]["metadata"]["labels"]
            level = labels["pod-security.kubernetes.io/enforce"]

            agents = made["name"].endswith("-agents")
            assert level == ("privileged" if agents else "restricted"), made["name"]


SPOILT = {
    "has no memory in its limits": lambda c: c["resources"]["limits"].pop("memory"),
    "is probed by nothing": lambda c: [
        c.pop(p, None) for p in ("livenessProbe", "readinessProbe")
    ],
    "may write to its root": lambda c: c["securityContext"].update(
        readOnlyRootFilesystem=False
    ),
    "keeps capabilities": lambda c: c["securityContext"].pop("capabilities"),
    "may gain rights": lambda c: c["securityContext"].update(
        allowPrivilegeEscalation=True
    ),
    "may run as root": lambda c: c["securityContext"].update(runAsUser=0),
    "has no profile": lambda c: c["securityContext"].update(seccompProfile=None),
}


@pytest.fixture
def broker(previews):
    (made,) = [
        pod for name, pod in pods_of(previews["staging"]) if name.endswith("Set broker")
    ]
    return copy.deepcopy(made)


@pytest.mark.parametrize("fault", SPOILT)
def test_a_defect_of_a_container_is_named(broker, fault):
    SPOILT[fault](broker["containers"][1])

    (found,) = faults_of_pod("StatefulSet", broker)

    assert found.startswith("sentinel ")
    assert fault in found


def test_a_defect_of_an_init_container_is_named(previews):
    pods = dict(pods_of(copy.deepcopy(previews["staging"])))
    pod = pods["Job migrations"]
    del pod["initContainers"][0]["resources"]

    assert "bootstrap has no cpu in its limits" in faults_of_pod("Job", pod)


def test_a_pod_with_access_to_the_host_is_named(broker):
    broker["hostPID"] = True
    broker["volumes"].append({"name": "disk", "hostPath": {"path": "/"}})

    assert faults_of_pod("StatefulSet", broker) == [
        "shares hostPID",
        "mounts disk from the host",
    ]


def network_policy(**spec):
    head = {"namespace": "here", "name": "planted"}
    return {
        "type": "NetworkPolicy",
        "name": "planted",
        "inputs": {"metadata": head, "spec": spec},
    }


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({"ports": [{"port": 80}]}, "here/planted permits anybody"),
        ({"from": [{}], "ports": [{"port": 80}]}, "here/planted permits anybody"),
        ({"from": [{"podSelector": {}}]}, "here/planted permits any port"),
    ],
)
def test_a_default_allow_is_named(rule, fault):
    assert faults_of_policies([network_policy(ingress=[rule])]) == [fault]


def test_an_open_namespace_is_named(previews):
    left = [m for m in previews["staging"] if m["type"] != "NetworkPolicy"]

    assert "holdfast-staging-data is open" in faults_of_policies(left)
