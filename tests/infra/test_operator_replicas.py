"""Operators that a failover needs have two replicas, on different nodes."""

import pytest
from infra.operators import FOR_DATA, FOR_PROGRAMS, PLUGIN, objects_of_operator

from tests.infra.manifests import shelved


def deployment_of(operator):
    (made,) = [
        made
        for made in objects_of_operator(operator, shelved())
        if made["kind"] == "Deployment"
    ]
    return made["spec"]


@pytest.mark.parametrize("operator", FOR_DATA)
def test_two_replicas_are_on_different_nodes(operator):
    spec = deployment_of(operator)
    (apart,) = spec["template"]["spec"]["topologySpreadConstraints"]

    assert spec["replicas"] == 2
    assert apart["topologyKey"] == "kubernetes.io/hostname"
    assert apart["whenUnsatisfiable"] == "DoNotSchedule"
    labels = spec["template"]["metadata"]["labels"].items()
    assert apart["labelSelector"]["matchLabels"].items() <= labels


def test_the_operator_elects_a_leader_and_both_replicas_of_the_plug_in_serve():
    for operator in FOR_DATA:
        (container,) = deployment_of(operator)["template"]["spec"]["containers"]

        assert ("--leader-elect" in container["args"]) == (operator != PLUGIN)


@pytest.mark.parametrize("operator", FOR_PROGRAMS)
def test_other_operators_keep_the_published_replicas(operator):
    for made in objects_of_operator(operator, shelved()):
        if made["kind"] == "Deployment":
            assert made["spec"].get("replicas", 1) == 1


def test_new_replicas_are_spread_independently_of_old_ones(objects):
    pairs = [
        made["inputs"]["spec"]
        for made in objects
        if made["type"] == "Deployment" and made["inputs"]["spec"].get("replicas") == 2
    ]

    assert pairs
    for spec in pairs:
        apart = spec["template"]["spec"]["topologySpreadConstraints"][0]
        assert apart["topologyKey"] == "kubernetes.io/hostname"
        assert apart["matchLabelKeys"] == ["pod-template-hash"]
