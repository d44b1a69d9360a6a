"""Replicas follow load within the bounds of the targets."""

import pytest
from infra.queue_scaling import OLDEST, WAITING

import targets
from tests.infra import promtool


def of(objects, kind, name):
    (made,) = [m for m in objects if (m["type"], m["name"]) == (kind, name)]
    return made["inputs"]["spec"]


def triggers(objects):
    spec = of(objects, "ScaledObject", "worker")
    return {trigger["name"]: trigger for trigger in spec["triggers"]}


def test_production_scales_workers_between_the_target_numbers(previews):
    scale = targets.load().scale
    spec = of(previews["production"], "ScaledObject", "worker")

    assert spec["minReplicaCount"] == scale["workers-min"].value
    assert spec["maxReplicaCount"] == scale["workers-max"].value


def test_the_deepest_counted_queue_reaches_the_maximum(previews):
    """The relay counts at most ten thousand of each kind: see workers/gauges.py."""
    most = targets.load().scale["workers-max"].value
    jobs_a_worker = float(
        triggers(previews["production"])["depth"]["metadata"]["threshold"]
    )

    assert 10_000 / jobs_a_worker >= most


def test_replicas_are_added_before_the_age_pages(previews):
    promised = targets.load().limit["queue-age"].value
    for objects in previews.values():
        age = triggers(objects)["age"]

        assert 0 < float(age["metadata"]["threshold"]) < promised
        assert age["metricType"] == "Value"


def test_a_missing_metric_is_not_an_empty_queue(previews):
    for objects in previews.values():
        spec = of(objects, "ScaledObject", "worker")
        asked = [t["metadata"]["ignoreNullValues"] for t in spec["triggers"]]

        assert asked == ["false", "false"]
        assert spec["fallback"]["replicas"] == spec["minReplicaCount"]
        assert spec["fallback"]["behavior"] == "currentReplicasIfHigher"


def test_an_update_does_not_reset_a_scalers_replicas(objects):
    assert "replicas" not in of(objects, "Deployment", "worker")
    assert "replicas" not in of(objects, "Rollout", "api")
    assert of(objects, "Deployment", "relay")["replicas"] >= 1


def test_the_apis_autoscaler_targets_the_rollout(objects):
    spec = of(objects, "HorizontalPodAutoscaler", "api")

    assert spec["scaleTargetRef"] == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "name": "api",
    }


def test_a_lull_does_not_remove_replicas_at_once(objects):
    api = of(objects, "HorizontalPodAutoscaler", "api")["behavior"]
    worker = of(objects, "ScaledObject", "worker")["advanced"]
    worker = worker["horizontalPodAutoscalerConfig"]["behavior"]

    for behavior in (api, worker):
        down = behavior["scaleDown"]
        (policy,) = down["policies"]

        assert down["stabilizationWindowSeconds"] >= policy["periodSeconds"]
        assert policy["value"] < 100


@pytest.mark.parametrize(
    ("query", "metric", "expected"),
    [
        (WAITING, "holdfast_jobs_waiting", [70.0]),
        (OLDEST, "holdfast_job_oldest_seconds", [50.0]),
    ],
)
def test_two_relays_do_not_count_the_queue_twice(query, metric, expected, tmp_path):
    series = {
        f'{metric}{{job="relay",instance="{relay}",queue="{queue}"}}': f"{value}x200"
        for relay, queue, value in (
            ("relay-1", "default", 50),
            ("relay-2", "default", 40),
            ("relay-1", "slow", 20),
        )
    }

    assert promtool.answer(query, series, tmp_path) == expected
    assert promtool.answer(query, {}, tmp_path) == []


@pytest.mark.parametrize(
    ("key", "asked", "complaint"),
    [
        ("workerReplicasMax", "1001", "more than the target"),
        ("apiReplicasMax", "21", "more than the target"),
        ("workerReplicasMax", "4", "fewer than the minimum"),
        ("apiReplicasMax", "1", "fewer than the minimum"),
    ],
)
def test_bounds_beyond_the_target_name_the_setting(
    key, asked, complaint, completed, preview_all
):
    stack = completed("production")
    stack["config"][f"holdfast:{key}"] = asked

    (answer,) = preview_all([stack])

    assert answer["error"].startswith(f"holdfast:{key} is {asked}, {complaint}")
    assert answer["objects"] == []
