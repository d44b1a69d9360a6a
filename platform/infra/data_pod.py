"""Shared parts of the data tier's pods and of the API proxy."""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.apps.v1 import DeploymentSpecArgsDict
from pulumi_kubernetes.core.v1 import (
    ConfigMap,
    ContainerArgsDict,
    PodSpecArgsDict,
    PodTemplateSpecArgsDict,
    ServiceAccount,
    VolumeArgsDict,
)
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget

from infra.labels import REVISION, generated_meta, labels_of, object_meta
from infra.security import CONTAINER_SECURITY, POD_SECURITY


def restricted_container(container: ContainerArgsDict) -> ContainerArgsDict:
    """Return the container under the restricted standard, its root read-only."""
    return {
        "image_pull_policy": "IfNotPresent",
        "security_context": CONTAINER_SECURITY,
        **container,
    }


def pod_template(
    name: str,
    containers: list[ContainerArgsDict],
    volumes: list[VolumeArgsDict],
    *,
    grace_seconds: int = 30,
) -> PodTemplateSpecArgsDict:
    """Return a pod template with a service account without rights, spread over nodes.

    While a node is lost or drained, the second replica waits for it instead of starting
    beside the first: there it would stay, and the next lost node would take both.
    """
    spec: PodSpecArgsDict = {
        "service_account_name": name,
        "automount_service_account_token": False,
        "enable_service_links": False,
        "security_context": POD_SECURITY,
        "termination_grace_period_seconds": grace_seconds,
        "topology_spread_constraints": [
            {
                "max_skew": 1,
                "topology_key": key,
                "when_unsatisfiable": unsatisfiable,
                "label_selector": {"match_labels": labels_of(name)},
                "match_label_keys": [REVISION],
            }
            for key, unsatisfiable in (
                ("kubernetes.io/hostname", "DoNotSchedule"),
                ("topology.kubernetes.io/zone", "ScheduleAnyway"),
            )
        ],
        "containers": [restricted_container(container) for container in containers],
        "volumes": volumes,
    }
    return {"metadata": {"labels": labels_of(name)}, "spec": spec}


def two_replicas(
    name: str, template: PodTemplateSpecArgsDict
) -> DeploymentSpecArgsDict:
    """Return two replicas, of which one serves while the other is replaced."""
    return {
        "replicas": 2,
        "selector": {"match_labels": labels_of(name)},
        "strategy": {
            "type": "RollingUpdate",
            "rolling_update": {"max_surge": 1, "max_unavailable": 1},
        },
        "template": template,
    }


def service_account(
    name: str, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> ServiceAccount:
    """Create a service account without a token in its pods."""
    return ServiceAccount(
        name,
        metadata=object_meta(name, namespace),
        automount_service_account_token=False,
        opts=opts,
    )


def disruption_budget(
    name: str, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> PodDisruptionBudget:
    """Create a budget: a drain evicts one pod at a time."""
    return PodDisruptionBudget(
        name,
        metadata=object_meta(name, namespace),
        spec={"max_unavailable": 1, "selector": {"match_labels": labels_of(name)}},
        opts=opts,
    )


def config_files(
    name: str,
    namespace: pulumi.Input[str],
    texts: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Create an immutable ConfigMap; a change makes a new one and rolls its pods."""
    made = ConfigMap(
        name,
        metadata=generated_meta(namespace),
        data=dict(texts),
        immutable=True,
        opts=opts,
    )
    return made.metadata["name"]
