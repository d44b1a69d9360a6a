"""The Rollout of the API's pods: canary steps, and automatic rollback."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from infra.canary_analysis import RELEASE
from infra.labels import labels_of
from infra.release import Release

API_VERSION: Final = "argoproj.io/v1alpha1"
ROLLOUT_REVISION: Final = "rollouts-pod-template-hash"
"""Label that Argo Rollouts sets on the pods of one release."""
KEPT_REVISIONS: Final = 5
ROLLBACK_REVISIONS: Final = 3
"""A return to one of the last releases skips the steps: it was analysed before."""
PROGRESS_SECONDS: Final = 600
"""A canary whose pods are not ready by then is rolled back."""

AWAITED: Final = {
    # Set once the first release is healthy, and never empty again: `pulumi up` waits
    # for a first installation and not for the hours of a canary.
    "pulumi.com/waitFor": "jsonpath={.status.stableRS}",
    "pulumi.com/timeoutSeconds": str(PROGRESS_SECONDS),
}


def rollout_of(
    name: str, template: object, release: Release, analysis: str | None
) -> dict[str, Any]:
    """Return the spec of a Rollout. The autoscaler owns its replicas.

    Weights are shares of pods, so few pods make coarse steps. `analysis` names the
    template that each step runs; without one a step only lasts its hold.
    """
    return {
        "selector": {"matchLabels": labels_of(name)},
        "template": camel_case(template),
        "revisionHistoryLimit": KEPT_REVISIONS,
        "rollbackWindow": {"revisions": ROLLBACK_REVISIONS},
        "progressDeadlineSeconds": PROGRESS_SECONDS,
        "progressDeadlineAbort": True,
        "analysis": {
            "successfulRunHistoryLimit": KEPT_REVISIONS,
            "unsuccessfulRunHistoryLimit": KEPT_REVISIONS,
        },
        "strategy": {
            "canary": {
                "maxSurge": "25%",
                "maxUnavailable": 0,
                "steps": steps_of(release, analysis),
            }
        },
    }


def steps_of(release: Release, analysis: str | None) -> list[dict[str, Any]]:
    """Return each weight, followed by its hold, during which the analysis runs."""
    return [
        step
        for weight in release.weights
        for step in ({"setWeight": weight}, _hold(release, analysis))
    ]


def _hold(release: Release, analysis: str | None) -> dict[str, Any]:
    if analysis is None:
        return {"pause": {"duration": f"{release.hold_seconds}s"}}
    latest = {"podTemplateHashValue": "Latest"}
    return {
        "analysis": {
            "templates": [{"templateName": analysis}],
            "args": [{"name": RELEASE, "valueFrom": latest}],
        }
    }


VERBATIM: Final = frozenset(
    {"labels", "annotations", "matchLabels", "nodeSelector", "limits", "requests"}
)
"""Maps whose keys are not field names."""


def camel_case(value: Any) -> Any:  # noqa: ANN401 a spec has no single type
    """Return the same tree with `snake_case` fields in `camelCase`.

    Pulumi does so for kinds in its schema, but not for the spec of a custom resource.
    """
    if isinstance(value, pulumi.Output):
        return value
    if isinstance(value, Mapping):
        return {
            name: field if name in VERBATIM else camel_case(field)
            for name, field in ((_camel(key), field) for key, field in value.items())
        }
    if isinstance(value, list | tuple):
        return [camel_case(item) for item in value]
    return value


def _camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
