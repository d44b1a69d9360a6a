"""Target numbers come from targets.toml; a stack may only ask for fewer."""

import pytest
from infra.quantities import mebibytes
from infra.sizes import BACKEND_MEBIBYTES

import targets


@pytest.fixture
def scale():
    return {name: target.value for name, target in targets.load().scale.items()}


def spec_of(objects, kind, name):
    (found,) = [m for m in objects if (m["type"], m["name"]) == (kind, name)]
    return found["inputs"]["spec"]


def test_production_scales_the_api_to_its_target(previews, scale):
    spec = spec_of(previews["production"], "HorizontalPodAutoscaler", "api")

    assert spec["minReplicas"] == scale["api-min"]
    assert spec["maxReplicas"] == scale["api-max"]
    (metric,) = spec["metrics"]
    assert metric["resource"]["name"] == "cpu"
    assert metric["resource"]["target"]["averageUtilization"] == pytest.approx(
        scale["api-cpu"] * 100
    )


def test_an_update_does_not_reset_the_autoscalers_replicas(objects):
    assert "replicas" not in spec_of(objects, "Rollout", "api")


def test_programs_get_pool_and_threads(ours):
    promised = targets.load()
    told = {m["name"]: m["inputs"]["data"] for m in ours if m["type"] == "ConfigMap"}

    assert float(told["api"]["HOLDFAST_POOL_MAX"]) == (
        promised.capacity["db-pool-max"].value
    )
    assert told["workers"]["HOLDFAST_WORKER_THREADS"] == str(
        promised.assume.worker_threads
    )


def test_asking_for_more_than_the_target_names_the_setting(
    completed, preview_all, scale
):
    stack = completed("development")
    asked = round(scale["workers-min"]) + 1
    stack["config"]["holdfast:workerReplicas"] = str(asked)

    (answer,) = preview_all([stack])

    assert answer["error"].startswith(f"holdfast:workerReplicas is {asked}, more than")
    assert answer["objects"] == []


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_the_database_has_memory_for_all_its_connections(previews, environment):
    spec = spec_of(previews[environment], "Cluster", "database")
    told = spec["postgresql"]["parameters"]
    shared = int(told["shared_buffers"].removesuffix("MB"))
    backends = int(told["max_connections"]) * BACKEND_MEBIBYTES

    assert shared + backends <= mebibytes(spec["resources"]["limits"]["memory"])


def test_a_database_too_small_for_its_connections_names_the_setting(
    completed, preview_all
):
    stack = completed("development")
    stack["config"]["holdfast:databaseMemory"] = "512Mi"

    (answer,) = preview_all([stack])

    assert answer["error"].startswith("holdfast:databaseMemory is 512Mi, and ")
    assert answer["objects"] == []


def connections_of(objects):
    spec = spec_of(objects, "Cluster", "database")
    return int(spec["postgresql"]["parameters"]["max_connections"])


def test_every_permitted_replica_may_fill_its_pool(completed, preview_all):
    stack = completed("development")
    base = {**stack["config"], "holdfast:databaseMemory": "4Gi"}
    stacks = [
        {**stack, "config": {**base, **more}}
        for more in (
            {},
            {"holdfast:apiReplicasMax": "4"},
            {"holdfast:workerReplicasMax": "6"},
        )
    ]

    as_it_is, instance, worker = (
        connections_of(answer["objects"]) for answer in preview_all(stacks)
    )

    promised = targets.load()
    assert instance - as_it_is == promised.capacity["db-pool-max"].value
    assert worker - as_it_is > promised.assume.worker_threads


def test_production_has_connections_for_all_targets_at_once(previews, scale):
    promised = targets.load()
    instances = scale["api-max"] * promised.capacity["db-pool-max"].value
    jobs = scale["workers-max"] * promised.assume.worker_threads

    assert connections_of(previews["production"]) > instances + jobs
