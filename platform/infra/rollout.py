"""The Rollout that runs the API's pods: canary by canary, taken back by itself."""

from typing import Any, Final

from infra.casing import as_kubernetes
from infra.judging import RELEASE
from infra.labels import labels_of
from infra.release import Release

API_VERSION: Final = "argoproj.io/v1alpha1"
REVISION_LABEL: Final = "rollouts-pod-template-hash"
"""Argo Rollouts marks the pods of one release with it."""
KEPT_REVISIONS: Final = 5
ROLLBACK_REVISIONS: Final = 3
"""A return to one of the last releases is not held: it was judged before."""
PROGRESS_SECONDS: Final = 600
"""A canary whose pods are not ready by then is taken back."""

AWAITED: Final = {
    # Set when the first release is whole, and never empty again: so `pulumi up` waits
    # for a first installation and not for the hours of a canary.
    "pulumi.com/waitFor": "jsonpath={.status.stableRS}",
    "pulumi.com/timeoutSeconds": str(PROGRESS_SECONDS),
}


def rollout_of(
    name: str, template: object, release: Release, analysis: str | None
) -> dict[str, Any]:
    """The spec of a Rollout. No number of copies: the autoscaler owns it.

    Shares are of pods, so they are as fine as there are pods. `analysis` names the
    template that judges each step; without one a step only lasts its time.
    """
    return {
        "selector": {"matchLabels": labels_of(name)},
        "template": as_kubernetes(template),
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
    """Each promised share, and after it the hold, in which the release is judged."""
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
