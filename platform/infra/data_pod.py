"""What the pods of the data tier share: identity, spread, closed roots."""

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

from infra.labels import REVISION, labels_of, named, unnamed
from infra.security import CONTAINER_SECURITY, POD_SECURITY


def closed(container: ContainerArgsDict) -> ContainerArgsDict:
    """The container under the restricted standard, its root read-only."""
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
    """A pod with an identity that the cluster gives no rights, spread over nodes.

    A second copy waits for a node that is lost or drained instead of standing beside
    the first: there it would stay, and the next node to go would take both.
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
        "containers": [closed(container) for container in containers],
        "volumes": volumes,
    }
    return {"metadata": {"labels": labels_of(name)}, "spec": spec}


def pair_of(name: str, template: PodTemplateSpecArgsDict) -> DeploymentSpecArgsDict:
    """Two copies, of which one serves while the other is replaced."""
    return {
        "replicas": 2,
        "selector": {"match_labels": labels_of(name)},
        "strategy": {
            "type": "RollingUpdate",
            "rolling_update": {"max_surge": 1, "max_unavailable": 1},
        },
        "template": template,
    }


def identity(
    name: str, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> ServiceAccount:
    """A service account that holds no token."""
    return ServiceAccount(
        name,
        metadata=named(name, namespace),
        automount_service_account_token=False,
        opts=opts,
    )


def one_at_a_time(
    name: str, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> PodDisruptionBudget:
    """A drained node takes one pod, and waits until it is back."""
    return PodDisruptionBudget(
        name,
        metadata=named(name, namespace),
        spec={"max_unavailable": 1, "selector": {"match_labels": labels_of(name)}},
        opts=opts,
    )


def files(
    name: str,
    namespace: pulumi.Input[str],
    texts: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Immutable files under a generated name: a change rolls the pods that use it."""
    made = ConfigMap(
        name, metadata=unnamed(namespace), data=dict(texts), immutable=True, opts=opts
    )
    return made.metadata["name"]
