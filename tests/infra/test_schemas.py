"""A strict API server accepts every object of every stack."""

import copy

import pytest

from tests.infra.schema_check import definitions, faults_of, plain


def test_every_object_fits_its_schema(objects):
    faults = {
        (made["type"], made["name"]): found
        for made in objects
        if made["type"] != "CustomResourceDefinition"
        and (found := faults_of(plain(made["inputs"])))
    }

    assert faults == {}


PLANTED = {
    "a field that a Deployment does not have": (
        "Deployment",
        "restartPolicy",
        "Always",
    ),
    "a number in words": ("StatefulSet", "replicas", "three"),
    "a field that a Cluster does not have": ("Cluster", "instance", 3),
    "a word that a Cluster does not know": ("Cluster", "primaryUpdateMethod", "hope"),
    "a text where a Cluster wants a number": ("Cluster", "stopDelay", "90s"),
    "a backup of nothing": ("ScheduledBackup", "cluster", {}),
    "a store with a field of its own": ("ObjectStore", "bucket", "backups"),
    "a schedule that is a list": ("ScheduledBackup", "schedule", ["daily"]),
    "a limit in a Rollout that is none": ("Rollout", "limits", {}),
    "a trigger without a type": ("ScaledObject", "triggers", [{"metadata": {}}]),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_defect_is_named(previews, case):
    kind, field, value = PLANTED[case]
    made = next(m for m in previews["development"] if m["type"] == kind)
    spoilt = copy.deepcopy(plain(made["inputs"]))
    spoilt["spec"][field] = value

    (fault, *_) = faults_of(spoilt)

    assert field in fault or "spec" in fault


def test_an_undefined_kind_is_named():
    (fault,) = faults_of({"apiVersion": "example.org/v1", "kind": "Wish"})

    assert "nobody defines" in fault


def test_each_operator_defines_the_kinds_that_we_use():
    assert {
        ("postgresql.cnpg.io/v1", "Cluster"),
        ("barmancloud.cnpg.io/v1", "ObjectStore"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("keda.sh/v1alpha1", "ScaledObject"),
    } <= set(definitions())
