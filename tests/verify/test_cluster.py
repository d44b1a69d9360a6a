"""A cluster under test: joined or reported missing, and its settings read back."""

import pytest
from rich.console import Console

import targets
from exchange.outcomes import read_outcome, write_outcome
from exchange.platforms import (
    Account,
    Api,
    ClusterDatabase,
    ClusterPlatform,
    write_platform,
)
from targets.verdict import Verdict
from verify.checks.cluster_settings import SettingUnread, judge_settings
from verify.plan import CLUSTER
from verify.proving import Request, prove

PROMISED = targets.load()


def settings():
    """Return the settings of a cluster that match every target."""
    scale, rollout = PROMISED.scale, PROMISED.rollout
    hold = int(rollout["canary-hold"].value)
    error_share = rollout["rollback-errors"].value
    cpu = {"averageUtilization": round(scale["api-cpu"].value * 100)}
    look = {"interval": f"{hold // 10}s", "initialDelay": f"{hold // 10}s", "count": 10}
    weights = rollout["canary-steps"].steps or ()
    steps: list[dict[str, object]] = []
    for weight in weights:
        steps += [{"setWeight": round(weight.value * 100)}, {"analysis": {}}]
    return {
        "horizontalpodautoscalers.autoscaling/api": {
            "kind": "HorizontalPodAutoscaler",
            "spec": {
                "minReplicas": int(scale["api-min"].value),
                "maxReplicas": int(scale["api-max"].value),
                "metrics": [{"resource": {"name": "cpu", "target": cpu}}],
            },
        },
        "scaledobjects.keda.sh/worker": {
            "kind": "ScaledObject",
            "spec": {
                "minReplicaCount": int(scale["workers-min"].value),
                "maxReplicaCount": int(scale["workers-max"].value),
            },
        },
        "rollouts.argoproj.io/api": {
            "kind": "Rollout",
            "spec": {"strategy": {"canary": {"steps": steps}}},
        },
        "analysistemplates.argoproj.io/api": {
            "kind": "AnalysisTemplate",
            "spec": {
                "metrics": [
                    look | {"name": "requests"},
                    look
                    | {
                        "name": "errors",
                        "failureCondition": f"ready && result[0] >= {error_share}",
                    },
                    {"name": "latency", "initialDelay": f"{hold}s", "count": 1},
                ]
            },
        },
    }


def judge(said):
    def ask(what):
        if what not in said:
            raise SettingUnread(f"{what} not found")
        return said[what]

    return {found.target: found for found in judge_settings(PROMISED, ask)}


class TestSettings:
    def test_settings_equal_to_the_targets_are_met(self):
        found = judge(settings())

        assert {m.verdict for m in found.values()} == {Verdict.MET}, found
        assert set(found) == {
            name
            for name, target in PROMISED.all().items()
            if "cluster:settings" in target.proof
        }

    @pytest.mark.parametrize(
        ("what", "way", "value", "target"),
        [
            ("horizontal", ("spec", "minReplicas"), 1, "scale.api-min"),
            ("horizontal", ("spec", "maxReplicas"), 3, "scale.api-max"),
            ("scaled", ("spec", "minReplicaCount"), 1, "scale.workers-min"),
            ("scaled", ("spec", "maxReplicaCount"), 7, "scale.workers-max"),
            (
                "horizontal",
                ("spec", "metrics", 0, "resource", "target", "averageUtilization"),
                95,
                "scale.api-cpu",
            ),
            (
                "rollouts",
                ("spec", "strategy", "canary", "steps", 0, "setWeight"),
                40,
                "rollout.canary-steps",
            ),
            (
                "rollouts",
                ("spec", "strategy", "canary", "steps"),
                [],
                "rollout.canary-steps",
            ),
            (
                "analysis",
                ("spec", "metrics", 1, "failureCondition"),
                "result[0] >= 0.5",
                "rollout.rollback-errors",
            ),
            (
                "analysis",
                ("spec", "metrics", 2, "initialDelay"),
                "11m",
                "rollout.canary-hold",
            ),
        ],
    )
    def test_one_changed_setting_is_missed(self, what, way, value, target):
        said = settings()
        place = said[next(name for name in said if name.startswith(what))]
        *path, last = way
        for step in path:
            place = place[step]
        place[last] = value

        verdicts = {name: found.verdict for name, found in judge(said).items()}

        assert verdicts.pop(target) is Verdict.MISSED
        assert set(verdicts.values()) == {Verdict.MET}

    def test_a_missing_object_is_never_met(self):
        found = judge({})

        assert {m.verdict for m in found.values()} == {Verdict.NOT_MEASURED}

    def test_an_analysis_without_an_error_threshold_is_never_met(self):
        said = settings()
        said["analysistemplates.argoproj.io/api"]["spec"]["metrics"].pop(1)

        found = judge(said)["rollout.rollback-errors"]

        assert found.verdict is Verdict.NOT_MEASURED


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_STATE", str(tmp_path))

    def run(*steps):
        request = Request(
            steps=steps, mode="cluster", folder=tmp_path / "out", on_cluster=True
        )
        with (tmp_path / "printed").open("w") as printed:
            return prove(request, Console(file=printed, width=160))

    return run


LOOK = next(step for step in CLUSTER if step.name == "settings")


def test_without_a_cluster_everything_is_invalid_and_names_the_task(
    run, tmp_path, sample
):
    kept = tmp_path / "cluster" / "results" / "cluster-settings.json"
    write_outcome(sample("cluster:settings"), kept)

    code = run(LOOK)

    found = read_outcome(tmp_path / "out" / LOOK.file)
    assert code == 4
    assert found.verdict is Verdict.INVALID
    assert "./task cluster:up" in found.invalid_because[0]
    assert read_outcome(kept) == sample("cluster:settings")


def test_outcomes_are_kept_for_later_runs(run, tmp_path):
    """Without kubectl nothing is read, so nothing is met."""
    published = tmp_path / "cluster" / "platform.json"
    published.parent.mkdir()
    platform = ClusterPlatform(
        kubectl="/nonexistent",
        kubeconfig="",
        namespace="app",
        data_namespace="data",
        api=Api("http://127.0.0.1:1"),
        database=ClusterDatabase(Account("monitor", "secret")),
        redis={},
    )
    write_platform(platform, published)

    code = run(LOOK)

    kept = read_outcome(tmp_path / "cluster" / "results" / "cluster-settings.json")
    assert code == 4
    assert kept.verdict is Verdict.NOT_MEASURED
    assert kept.source == "cluster:settings"
