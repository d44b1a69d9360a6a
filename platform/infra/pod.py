"""The pod template of our programs: hardened, limited, spread over nodes, drained."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    ContainerPortArgsDict,
    PodSpecArgsDict,
    PodTemplateSpecArgsDict,
    TopologySpreadConstraintArgsDict,
)

from infra.environment import SECRETS_AT, Environment
from infra.labels import REVISION, labels_of
from infra.ports import METRICS
from infra.quantities import resources_of
from infra.security import CONTAINER_SECURITY, POD_SECURITY

PRE_STOP_SECONDS: Final = 5
"""Sleep between leaving the Service and SIGTERM: endpoints take time to propagate."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """One of our programs and the resources of its pod."""

    name: str
    image: str
    command: Sequence[str]
    environment: Environment
    cpu: str
    memory: str
    drain_seconds: int
    """Time to finish its work after SIGTERM."""


def container_of(program: Program, *ports: ContainerPortArgsDict) -> ContainerArgsDict:
    """Return the only container, without probes; it has the metrics port as well."""
    return {
        "name": program.name,
        "image": program.image,
        "command": list(program.command),
        "env": [
            *program.environment.secret_files(),
            {
                "name": "HOLDFAST_INSTANCE",
                "value_from": {"field_ref": {"field_path": "metadata.name"}},
            },
        ],
        "env_from": [{"config_map_ref": {"name": program.environment.config_name}}],
        "ports": [*ports, {"name": "metrics", "container_port": METRICS}],
        "resources": resources_of(program.cpu, program.memory),
        "security_context": CONTAINER_SECURITY,
        "volume_mounts": [
            {"name": "secrets", "mount_path": SECRETS_AT, "read_only": True},
            {"name": "scratch", "mount_path": "/tmp"},  # noqa: S108 the root is read-only
        ],
    }


def pod_of(
    program: Program,
    account: str,
    container: ContainerArgsDict,
    *,
    restart: str = "Always",
    revision_label: str = REVISION,
) -> PodTemplateSpecArgsDict:
    """Return the pod template of a Deployment, a Rollout or a Job."""
    spec: PodSpecArgsDict = {
        "service_account_name": account,
        "automount_service_account_token": False,
        "restart_policy": restart,
        "enable_service_links": False,
        "security_context": POD_SECURITY,
        "termination_grace_period_seconds": program.drain_seconds,
        "topology_spread_constraints": spread_of(program.name, revision_label),
        "containers": [container],
        "volumes": [
            program.environment.secret_volume(),
            {"name": "scratch", "empty_dir": {"size_limit": "64Mi"}},
        ],
    }
    return {"metadata": {"labels": labels_of(program.name)}, "spec": spec}


def spread_of(name: str, revision_label: str) -> list[TopologySpreadConstraintArgsDict]:
    """Spread pods evenly over nodes, and over zones where there are any.

    Only pods of one release, which share a `revision_label`, are counted: an update
    must not stall on pods of the old release.
    """
    constraints: list[TopologySpreadConstraintArgsDict] = []
    for key, unsatisfiable in (
        ("kubernetes.io/hostname", "DoNotSchedule"),
        ("topology.kubernetes.io/zone", "ScheduleAnyway"),
    ):
        constraint: TopologySpreadConstraintArgsDict = {
            "max_skew": 1,
            "topology_key": key,
            "when_unsatisfiable": unsatisfiable,
            "node_taints_policy": "Honor",
            "label_selector": {"match_labels": labels_of(name)},
            "match_label_keys": [revision_label],
        }
        constraints.append(constraint)
    return constraints
