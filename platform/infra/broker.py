"""The broker: three Redis servers under Sentinel, one of them the master."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import StatefulSet, StatefulSetSpecArgsDict
from pulumi_kubernetes.core.v1 import ContainerArgsDict, Service

from infra.data_pod import (
    config_files,
    disruption_budget,
    pod_template,
    service_account,
)
from infra.disks import DELETED_WITH_THE_SET, Disk, claim_of
from infra.kubernetes_secret import SecretArgs, SecretSource, create_secret
from infra.labels import generated_meta, labels_of, object_meta
from infra.ports import REDIS, SENTINEL
from infra.quantities import resources_of
from infra.redis_config import CONFIGURATION_AT, MASTER, PASSWORD, broker_files
from infra.redis_pod import MOUNTS, START_SECONDS, ping_probe, server_of, volumes_of
from infra.secret_text import SecretText

MEMBERS: Final = 3
"""A quorum is two sentinels of three, so one may fail."""
DOMAIN: Final = "broker-members"


@dataclass(frozen=True, kw_only=True)
class BrokerArgs:
    """The image and the resources of one member."""

    namespace: pulumi.Input[str]
    domain: str
    """Domain of the members' names."""
    image: str
    cpu: str
    memory: str
    disk: Disk
    source: SecretSource


class Broker(pulumi.ComponentResource):
    """Members with stable names. Clients connect to `BrokerProxy` instead."""

    def __init__(
        self,
        name: str,
        args: BrokerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Broker", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        texts = broker_files(args.domain, MEMBERS, args.memory)
        configuration = config_files(MASTER, args.namespace, texts, child)
        password = create_secret(
            MASTER,
            SecretArgs(
                metadata=generated_meta(args.namespace),
                texts={PASSWORD: SecretText("{brokerPassword}")},
                source=args.source,
                immutable=True,
            ),
            child,
        )
        # The members must resolve each other before any of them is ready.
        service = Service(
            DOMAIN,
            metadata=object_meta(DOMAIN, args.namespace),
            spec={
                "cluster_ip": "None",
                "publish_not_ready_addresses": True,
                "selector": labels_of(MASTER),
                "ports": [
                    {"name": "redis", "port": REDIS},
                    {"name": "sentinel", "port": SENTINEL},
                ],
            },
            opts=child,
        )
        account = service_account(MASTER, args.namespace, child)
        StatefulSet(
            MASTER,
            metadata=object_meta(MASTER, args.namespace),
            spec=stateful_set_of(args, configuration, password.name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account, service]),
        )
        disruption_budget(MASTER, args.namespace, child)
        self.register_outputs({})


def stateful_set_of(
    args: BrokerArgs, configuration: pulumi.Input[str], password: pulumi.Input[str]
) -> StatefulSetSpecArgsDict:
    """Start all members at once; each looks up the present master first."""
    return {
        "replicas": MEMBERS,
        "service_name": DOMAIN,
        "pod_management_policy": "Parallel",
        "selector": {"match_labels": labels_of(MASTER)},
        "template": pod_template(
            MASTER,
            [member_of(args), sentinel_of(args.image)],
            volumes_of(configuration, password),
        ),
        "persistent_volume_claim_retention_policy": DELETED_WITH_THE_SET,
        "volume_claim_templates": [claim_of("data", args.disk)],
    }


def member_of(args: BrokerArgs) -> ContainerArgsDict:
    """Return the Redis container; a master fails over before it stops."""
    server = server_of(args.image, args.cpu, args.memory)
    leave = ["sh", f"{CONFIGURATION_AT}/leave.sh"]
    server["lifecycle"] = {"pre_stop": {"exec_": {"command": leave}}}
    return server


def sentinel_of(image: str) -> ContainerArgsDict:
    """Return the Sentinel container beside each server."""
    return {
        "name": "sentinel",
        "image": image,
        "command": ["sh", f"{CONFIGURATION_AT}/sentinel.sh"],
        "ports": [{"name": "sentinel", "container_port": SENTINEL}],
        "resources": resources_of("25m", "48Mi"),
        "startup_probe": ping_probe(SENTINEL, period_seconds=1, failures=START_SECONDS),
        "liveness_probe": ping_probe(SENTINEL, period_seconds=20, failures=2),
        "readiness_probe": ping_probe(SENTINEL, period_seconds=20, failures=2),
        "volume_mounts": MOUNTS,
    }
