"""Settings of a cluster's autoscalers and releases, read back from its API."""

import re
import subprocess
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from exchange.outcomes import Measurement
from exchange.platforms import ClusterPlatform, Platform
from targets import Duration, Targets
from targets.verdict import Verdict
from verify.checks.judging import cannot_measure, measure
from verify.evidence import Evidence

_ASK_SECONDS: Final = 20.0
_LINE: Final = re.compile(r"result\[0\] >= ([0-9.]+)")

Described = Mapping[str, Any]
Ask = Callable[[str], Described]


class SettingUnread(Exception):
    """The cluster did not answer, or the answer has an unexpected form."""


def check_cluster_settings(evidence: Evidence) -> list[Measurement]:
    """Check bounds, release steps and thresholds; without an answer: not measured."""
    return judge_settings(evidence.targets, _asker(evidence.published))


def judge_settings(targets: Targets, ask: Ask) -> list[Measurement]:
    """Judge each setting by its target; `ask` returns the object `<kind>/<name>`."""
    api = _read("horizontalpodautoscalers.autoscaling/api", ask)
    queue = _read("scaledobjects.keda.sh/worker", ask)
    rollout = _read("rollouts.argoproj.io/api", ask)
    analysis = _read("analysistemplates.argoproj.io/api", ask)
    return [
        _judge(targets, "scale.api-cpu", api, _cpu_share),
        _judge(targets, "scale.api-min", api, lambda o: o["spec"]["minReplicas"]),
        _judge(targets, "scale.api-max", api, lambda o: o["spec"]["maxReplicas"]),
        _judge(
            targets, "scale.workers-min", queue, lambda o: o["spec"]["minReplicaCount"]
        ),
        _judge(
            targets, "scale.workers-max", queue, lambda o: o["spec"]["maxReplicaCount"]
        ),
        _judge_steps(targets, rollout),
        _judge(targets, "rollout.canary-hold", analysis, _hold_seconds),
        _judge(targets, "rollout.rollback-errors", analysis, _error_share),
    ]


def _judge(
    targets: Targets,
    full_id: str,
    found: Described | SettingUnread,
    read: Callable[[Described], float],
) -> Measurement:
    if isinstance(found, SettingUnread):
        return cannot_measure(targets, full_id, str(found))
    try:
        value = float(read(found))
    except (LookupError, TypeError, ValueError) as strange:
        why = f"{found.get('kind')} has another form: {strange!r}"
        return cannot_measure(targets, full_id, why)
    return measure(targets, full_id, value, f"as its {found.get('kind')} says")


def _judge_steps(targets: Targets, found: Described | SettingUnread) -> Measurement:
    """Judge the release steps: fewer or larger steps than the target are missed."""
    full_id = "rollout.canary-steps"
    promised = targets.find(full_id).promised
    if isinstance(found, SettingUnread) or not isinstance(promised, tuple):
        return cannot_measure(targets, full_id, str(found))
    steps = found["spec"].get("strategy", {}).get("canary", {}).get("steps", [])
    weights = [step["setWeight"] for step in steps if "setWeight" in step]
    said = f"the Rollout says {weights or 'no steps'}"
    if weights == [round(step.value * 100) for step in promised]:
        return measure(targets, full_id, weights[0] / 100, said, samples=len(weights))
    return Measurement(
        target=full_id,
        value=weights[0] / 100 if weights else None,
        unit=targets.find(full_id).unit,
        verdict=Verdict.MISSED,
        detail=said,
    )


def _cpu_share(autoscaler: Described) -> float:
    for metric in autoscaler["spec"]["metrics"]:
        if metric.get("resource", {}).get("name") == "cpu":
            return float(metric["resource"]["target"]["averageUtilization"]) / 100
    raise LookupError("no metric asks for cpu")


def _hold_seconds(analysis: Described) -> float:
    """Return the longest observation time of a step."""
    return max(map(_span_seconds, analysis["spec"]["metrics"]))


def _span_seconds(metric: Described) -> float:
    delay = _seconds(metric.get("initialDelay", "0s"))
    looks = int(metric["count"])
    return delay + _seconds(metric.get("interval", "0s")) * (looks - 1)


def _error_share(analysis: Described) -> float:
    """Return the error share at which the analysis fails."""
    for metric in analysis["spec"]["metrics"]:
        if metric["name"] == "errors":
            line = _LINE.search(metric["failureCondition"])
            if line is not None:
                return float(line[1])
    raise LookupError("no metric asks for errors")


def _seconds(span: str) -> float:
    return float(Duration.parse(span).exact)


def _read(what: str, ask: Ask) -> Described | SettingUnread:
    try:
        return ask(what)
    except SettingUnread as silence:
        return silence


def _asker(published: Platform) -> Ask:
    def ask(what: str) -> Described:
        if not isinstance(published, ClusterPlatform):
            raise SettingUnread("no platform on Kubernetes is published")
        command = (
            published.kubectl,
            f"--kubeconfig={published.kubeconfig}",
            f"--namespace={published.namespace}",
            *("get", what, "--output=json"),
        )
        try:
            answer = subprocess.run(  # noqa: S603 - the published kubectl
                command, capture_output=True, check=False, timeout=_ASK_SECONDS
            )
            if answer.returncode != 0:
                raise SettingUnread(answer.stderr.decode(errors="replace").strip())
            return msgspec.json.decode(answer.stdout, type=dict[str, Any])
        except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError) as trouble:
            raise SettingUnread(f"{what}: {trouble}") from trouble

    return ask
