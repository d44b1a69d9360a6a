"""The pod that every program runs in: hardened, bounded, spread, drained."""

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

from infra.bounds import bounded
from infra.environment import SECRETS_AT, Environment
from infra.labels import REVISION, labels_of
from infra.ports import METRICS
from infra.security import CONTAINER_SECURITY, POD_SECURITY

LEAVE_SECONDS: Final = 5
"""Between leaving the Service and being told to stop: routes take time to change."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """One of our programs, as a pod sees it."""

    name: str
    image: str
    command: Sequence[str]
    environment: Environment
    cpu: str
    memory: str
    drain_seconds: int
    """How long it may take to finish what it holds after being told to stop."""


def container_of(program: Program, *doors: ContainerPortArgsDict) -> ContainerArgsDict:
    """The program's only container, without probes, with its metrics port."""
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
        "ports": [*doors, {"name": "metrics", "container_port": METRICS}],
        "resources": bounded(program.cpu, program.memory),
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
    """The template that a Deployment, a Rollout or a Job fills its pods from."""
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
    """Evenly over nodes, and over zones where there are any.

    Only pods of one release, which bear one `revision_label`, are counted: an update
    must not stall on the old ones.
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
