"""A release is judged by its own pods' metrics, and missing metrics never pass."""

import itertools
import math

import pytest
from infra.canary_analysis import analysis_of
from infra.release import read_release

import targets
from tests.infra import promtool

CANARY = "5d4c"
COUNT = "holdfast_http_request_duration_seconds_count"
BUCKET = "holdfast_http_request_duration_seconds_bucket"


@pytest.fixture
def release():
    return read_release(targets.load(), None)


@pytest.fixture
def metrics(release):
    found = analysis_of(release, "http://prometheus:9090")["metrics"]
    return {metric["name"]: metric for metric in found}


@pytest.fixture
def judge(metrics, tmp_path):
    """Return one analysis of planted series, by the name of the metric."""

    def look(name, series, at="10m"):
        metric = metrics[name]
        query = metric["provider"]["prometheus"]["query"]
        query = query.replace("{{args.release}}", CANARY)
        return promtool.measured(
            metric, promtool.answer(query, series, tmp_path, at=at)
        )

    return look


def counted(status, values, release=CANARY, route="/api/v1/events", le=None):
    """Return one series of the API's histogram, with a value every five seconds."""
    edge = f',le="{le}"' if le else ""
    labels = f'job="api",instance="api-1",release="{release}"'
    name = BUCKET if le else COUNT
    return {f'{name}{{{labels},route="{route}",status="{status}"{edge}}}': values}


STEADY = "0+100x200"
FIVE_PERCENT = counted("200", "0+95x200") | counted("500", "0+5x200")
HEALTHY = counted("200", STEADY) | counted("200", STEADY, le="0.2")
RARE = counted("200", "0+1000x200") | counted("500", "0+1x200")
OTHERS_FAIL = HEALTHY | counted("500", STEADY, release="stable")
ONLY_PROBES = counted("200", STEADY, route="/health/ready")
SUDDEN = counted("200", STEADY) | counted("503", "_x100 300x100")
NO_TRAFFIC = counted("200", "7x200")


def test_a_healthy_canary_continues(judge):
    for name in ("requests", "errors", "latency"):
        assert judge(name, HEALTHY) == "Successful"


def test_five_percent_of_errors_roll_it_back(judge):
    assert judge("errors", FIVE_PERCENT) == "Failed"


def test_errors_before_a_route_is_found_roll_it_back(judge):
    early = counted("200", "0+95x200") | counted("500", "0+5x200", route="unmatched")

    assert judge("errors", early) == "Failed"


def test_fewer_errors_than_the_limit_do_not_roll_it_back(judge):
    assert judge("errors", RARE) == "Successful"


def test_errors_of_other_releases_do_not_count(judge):
    assert judge("errors", OTHERS_FAIL) == "Successful"


def test_errors_in_a_new_series_that_never_grows_count(judge):
    assert judge("errors", SUDDEN) == "Failed"


def test_failures_before_the_hold_do_not_count(judge):
    failed_early = counted("200", "0+100x400") | counted("500", "0+50x100 5000x300")

    assert judge("errors", failed_early, at="8m20s") == "Failed"
    assert judge("errors", failed_early, at="30m") == "Successful"


@pytest.mark.parametrize(
    "silence", [{}, ONLY_PROBES, NO_TRAFFIC, counted("200", STEADY, release="stable")]
)
def test_missing_metrics_are_never_success(judge, silence):
    at = "15m"  # nothing changed for a whole hold before

    assert judge("requests", silence, at=at) == "Failed"
    assert judge("errors", silence, at=at) == "Inconclusive"
    assert judge("latency", silence, at=at) == "Failed"


def test_a_canary_whose_series_end_stops_being_successful(judge):
    ended = counted("200", "0+100x100 stale")

    assert judge("requests", ended, at="9m") == "Failed"
    assert judge("errors", ended, at="9m") == "Inconclusive"


@pytest.mark.parametrize("result", [[], [math.nan], [0.0, 0.0]])
def test_no_condition_accepts_a_missing_number(metrics, result):
    for metric in metrics.values():
        assert promtool.measured(metric, result) != "Successful"


def test_a_condition_without_a_number_is_detected(metrics):
    careless = {"successCondition": "result == [] || result[0] < 0.01"}

    assert promtool.measured(careless, []) == "Successful"
    assert promtool.measured(metrics["errors"], []) != "Successful"


def test_slow_requests_roll_it_back(judge):
    slow = counted("200", STEADY) | counted("200", "0+94x200", le="0.2")

    assert judge("latency", slow) == "Failed"


def test_empty_measurements_are_limited_and_roll_it_back_before_the_step_ends(metrics):
    requests, errors = metrics["requests"], metrics["errors"]

    assert requests["failureLimit"] < requests["count"] - 1
    # Else the run could end inconclusive, and the rollout would wait for a person.
    assert requests["failureLimit"] < errors["inconclusiveLimit"] < errors["count"]
    assert errors["failureLimit"] == 0


def test_measurements_fill_the_hold(metrics, release):
    promised = targets.load().rollout["canary-hold"].value
    errors = metrics["errors"]

    assert release.hold_seconds == promised
    assert errors["count"] * int(errors["interval"][:-1]) == promised
    assert metrics["latency"]["initialDelay"] == f"{promised:.0f}s"


@pytest.mark.parametrize("hold", ["20s", "30s", "1m", "90s", "10m"])
def test_a_shorter_hold_is_filled_with_several_measurements(hold):
    release = read_release(targets.load(), hold)
    metrics = {m["name"]: m for m in analysis_of(release, "http://p:9090")["metrics"]}
    errors, requests = metrics["errors"], metrics["requests"]

    assert errors["count"] >= 2
    assert 0 < errors["count"] * int(errors["interval"][:-1]) <= release.hold_seconds
    assert requests["failureLimit"] < errors["count"]


def spec_of(objects, kind):
    (made,) = [m for m in objects if (m["type"], m["name"]) == (kind, "api")]
    return made["inputs"]["spec"]


def test_each_canary_weight_is_followed_by_an_analysis(previews):
    promised = targets.load().rollout["canary-steps"].promised
    assert isinstance(promised, tuple)
    for objects in previews.values():
        steps = spec_of(objects, "Rollout")["strategy"]["canary"]["steps"]
        shares, judged = steps[::2], steps[1::2]

        assert [step["setWeight"] for step in shares] == [
            float(step.exact * 100) for step in promised
        ]
        for step in judged:
            assert step["analysis"]["templates"] == [{"templateName": "api"}]
            (told,) = step["analysis"]["args"]
            assert told["valueFrom"] == {"podTemplateHashValue": "Latest"}


def test_the_limits_are_those_of_the_targets(previews):
    promised = targets.load()
    for objects in previews.values():
        metrics = spec_of(objects, "AnalysisTemplate")["metrics"]
        found = {metric["name"]: metric for metric in metrics}
        share = promised.rollout["rollback-errors"].value
        slow = promised.slo["latency"]

        assert found["errors"]["failureCondition"].endswith(f">= {share:g}")
        assert found["errors"]["successCondition"].endswith(f"< {share:g}")
        assert found["latency"]["successCondition"].endswith(f"<= {slow.bad_share:g}")
        query = found["latency"]["provider"]["prometheus"]["query"]
        assert f'le="{slow.value}"' in query


def test_a_canary_that_does_not_start_is_rolled_back_without_losing_a_pod(objects):
    spec = spec_of(objects, "Rollout")

    assert spec["progressDeadlineAbort"] is True
    assert spec["strategy"]["canary"]["maxUnavailable"] == 0
    assert spec["rollbackWindow"]["revisions"] < spec["revisionHistoryLimit"]


def test_an_update_returns_before_its_canary_ends_and_an_installation_after(objects):
    (made,) = [m for m in objects if m["type"] == "Rollout"]
    annotations = made["inputs"]["metadata"]["annotations"]

    assert annotations["pulumi.com/waitFor"] == "jsonpath={.status.stableRS}"


def test_pods_are_spread_by_release(objects):
    pod = spec_of(objects, "Rollout")["template"]["spec"]
    keys = [c["matchLabelKeys"] for c in pod["topologySpreadConstraints"]]

    assert set(itertools.chain(*keys)) == {"rollouts-pod-template-hash"}


def test_a_longer_hold_than_the_target_names_the_setting(completed, preview_all):
    stack = completed("production")
    stack["config"]["holdfast:canaryHold"] = "1h"

    (answer,) = preview_all([stack])

    assert answer["error"].startswith("holdfast:canaryHold is 1h, more than")
    assert answer["objects"] == []


def test_without_metrics_steps_are_held_and_workers_are_not_scaled(
    completed, preview_all
):
    stack = completed("production")
    stack["config"]["holdfast:metrics"] = "false"

    (answer,) = preview_all([stack])
    steps = spec_of(answer["objects"], "Rollout")["strategy"]["canary"]["steps"]
    kinds = {made["type"] for made in answer["objects"]}

    assert all(set(step) <= {"setWeight", "pause"} for step in steps)
    assert not {"AnalysisTemplate", "ScaledObject"} & kinds
