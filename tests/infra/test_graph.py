"""The object graph of each stack equals the recorded one, in the required order."""

import copy

import pytest

from tests.infra.conftest import STACKS
from tests.infra.graph import awaited, everything_of, golden, graph_lines

PROGRAMS = (
    ("Rollout", "api"),
    ("Deployment", "worker"),
    ("Deployment", "relay"),
    ("Deployment", "scheduler"),
)
KEPT = (("Cluster", "database"), ("StatefulSet", "broker"), ("Deployment", "cache"))


@pytest.mark.parametrize("stack", STACKS)
def test_the_graph_is_the_recorded_one(whole_previews, stack):
    """After an intended change run python -m tests.infra.graph and read the diff."""
    recorded = golden(stack).read_text(encoding="utf-8").splitlines()

    assert graph_lines(whole_previews[stack]) == recorded


def test_a_lost_dependency_is_detected(whole_previews):
    """Without it the schema could be used before it exists."""
    preview = copy.deepcopy(whole_previews["production"])
    the(preview, "Rollout", "api")["dependencies"] = []

    assert graph_lines(preview) != graph_lines(whole_previews["production"])


def test_a_lost_object_is_detected(whole_previews):
    preview = copy.deepcopy(whole_previews["production"])
    del preview["objects"][-1]

    assert graph_lines(preview) != graph_lines(whole_previews["production"])


def the(preview, kind, name):
    (made,) = [m for m in preview["objects"] if (m["type"], m["name"]) == (kind, name)]
    return made


def before(preview, kind, name):
    return awaited(the(preview, kind, name), everything_of(preview))


def waits_of(preview, kind):
    (line,) = [line for line in graph_lines(preview) if line.startswith(f"{kind} ")]
    return line.partition(" <- ")[2]


def test_objects_of_an_operator_wait_for_it(whole_previews):
    preview = whole_previews["development"]

    for kind, purpose in {
        "Cluster": "data",
        "ObjectStore": "data",
        "AnalysisTemplate": "programs",
        "Rollout": "programs",
    }.items():
        assert f"Operators/operators-for-{purpose}" in waits_of(preview, kind), kind
    assert "Deployment/worker" in waits_of(preview, "ScaledObject")


def test_roles_and_schema_come_after_the_database(whole_previews):
    for preview in whole_previews.values():
        database = the(preview, "Cluster", "database")
        migrations = the(preview, "Job", "migrations")

        assert database["urn"] in before(preview, "Job", "migrations")
        for program in PROGRAMS:
            assert migrations["urn"] in before(preview, *program), program


def test_programs_are_deleted_before_their_dependencies(whole_previews):
    """Dependants are deleted first."""
    for preview in whole_previews.values():
        kept = {the(preview, *kept)["urn"] for kept in KEPT}

        for program in PROGRAMS:
            assert kept <= before(preview, *program), program


def test_independent_objects_do_not_delay_the_database(whole_previews):
    """It takes longest: observability and other operators are made while it starts."""
    preview = whole_previews["development"]
    needed = before(preview, "Cluster", "database")

    for home in ("argo-rollouts", "keda", "observability"):
        assert needed <= before(preview, "Namespace", home), home


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


def test_an_object_with_an_operators_finalizer_is_deleted_before_the_operator(
    whole_previews,
):
    """Only CloudNativePG removes its finalizer from its plug-in's Service."""
    waited = waits_of(whole_previews["development"], "Service cnpg-system/barman-cloud")

    assert "Deployment/cloudnative-pg-deployment-cnpg-controller-manager" in waited
