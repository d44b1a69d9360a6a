"""The object graph of each stack is the recorded one, in the order that is needed."""

import copy

import pytest

from tests.infra.conftest import STACKS
from tests.infra.graph import golden, lines_of


@pytest.mark.parametrize("stack", STACKS)
def test_the_graph_is_the_recorded_one(whole_previews, stack):
    """After a wanted change: python -m tests.infra.graph, and read the difference."""
    recorded = golden(stack).read_text(encoding="utf-8").splitlines()

    assert lines_of(whole_previews[stack]) == recorded


def test_a_lost_dependency_shows(whole_previews):
    """Without it the schema could be used before it is there."""
    preview = copy.deepcopy(whole_previews["production"])
    (workloads,) = [c for c in preview["components"] if c["type"] == "Workloads"]
    workloads["dependencies"] = []

    assert lines_of(preview) != lines_of(whole_previews["production"])


def test_a_lost_object_shows(whole_previews):
    preview = copy.deepcopy(whole_previews["production"])
    del preview["objects"][-1]

    assert lines_of(preview) != lines_of(whole_previews["production"])


def waits_of(preview, kind):
    (line,) = [line for line in lines_of(preview) if line.startswith(f"{kind} ")]
    return line.partition(" <- ")[2]


def test_what_needs_an_operator_waits_for_it(whole_previews):
    preview = whole_previews["development"]

    for kind in (
        "Cluster",
        "ObjectStore",
        "Rollout",
        "ScaledObject",
    ):
        assert "Operators/operators" in waits_of(preview, kind), kind


def test_roles_and_schema_come_after_the_database(whole_previews):
    for preview in whole_previews.values():
        assert "Data/data" in waits_of(preview, "Job")
        assert "Migrations/migrations" in waits_of(preview, "Rollout")


def test_a_database_that_archives_waits_for_its_store(whole_previews):
    waited = waits_of(whole_previews["development"], "Cluster")

    assert "BundledStore/object-store" in waited
    assert "Archive/archive" in waited


def test_an_operator_starts_after_its_definitions(whole_previews):
    preview = whole_previews["development"]
    made = {m["urn"]: m for m in preview["objects"]}
    (operator,) = [
        m
        for m in preview["objects"]
        if "cnpg-controller-manager" in m["name"] and m["type"] == "Deployment"
    ]
    before = {made[urn]["type"] for urn in operator["dependencies"] if urn in made}

    assert {"CustomResourceDefinition", "ClusterRoleBinding"} <= before


def test_what_only_an_operator_lets_go_is_deleted_before_the_operator(whole_previews):
    """CloudNativePG marks its plug-in's Service, and alone takes the mark away."""
    waited = waits_of(whole_previews["development"], "Service cnpg-system/barman-cloud")

    assert "Deployment/cloudnative-pg-deployment-cnpg-controller-manager" in waited
