"""The queue's Redis: three members, of which the sentinels make one the master."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import StatefulSet, StatefulSetSpecArgsDict
from pulumi_kubernetes.core.v1 import ContainerArgsDict, Service

from infra.bounds import bounded
from infra.data_pod import files, identity, one_at_a_time, pod_template
from infra.disks import DELETED_WITH_THE_SET, Disk, claim_of
from infra.kept_secret import KeptSecretArgs, SecretSource, keep_secret
from infra.labels import labels_of, named, unnamed
from infra.ports import REDIS, SENTINEL
from infra.redis_files import CONFIGURATION_AT, MASTER, PASSWORD, broker_files
from infra.redis_pod import MOUNTS, START_SECONDS, answering, server_of, volumes_of
from infra.secret_text import SecretText

MEMBERS: Final = 3
"""Two of three sentinels agree; the third may be gone."""
DOMAIN: Final = "broker-members"


@dataclass(frozen=True, kw_only=True)
class BrokerArgs:
    """The image and what a member may use."""

    namespace: pulumi.Input[str]
    domain: str
    """Below which the members have their names."""
    image: str
    cpu: str
    memory: str
    disk: Disk
    source: SecretSource


class Broker(pulumi.ComponentResource):
    """Members with stable names. Clients do not know them: see `BrokerProxy`."""

    def __init__(
        self,
        name: str,
        args: BrokerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Broker", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        texts = broker_files(args.domain, MEMBERS, args.memory)
        configuration = files(MASTER, args.namespace, texts, child)
        password = keep_secret(
            MASTER,
            KeptSecretArgs(
                metadata=unnamed(args.namespace),
                texts={PASSWORD: SecretText("{brokerPassword}")},
                source=args.source,
                immutable=True,
            ),
            child,
        )
        # Its members look each other up while none of them is ready.
        service = Service(
            DOMAIN,
            metadata=named(DOMAIN, args.namespace),
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
        account = identity(MASTER, args.namespace, child)
        StatefulSet(
            MASTER,
            metadata=named(MASTER, args.namespace),
            spec=stateful_set_of(args, configuration, password.name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account, service]),
        )
        one_at_a_time(MASTER, args.namespace, child)
        self.register_outputs({})


def stateful_set_of(
    args: BrokerArgs, configuration: pulumi.Input[str], password: pulumi.Input[str]
) -> StatefulSetSpecArgsDict:
    """All start at once: whoever comes later follows whoever leads."""
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
    """A server that hands over before it leaves, when it is the master."""
    server = server_of(args.image, args.cpu, args.memory)
    leave = ["sh", f"{CONFIGURATION_AT}/leave.sh"]
    server["lifecycle"] = {"pre_stop": {"exec_": {"command": leave}}}
    return server


def sentinel_of(image: str) -> ContainerArgsDict:
    """A voter beside each server: it sees a dead neighbour, and elects."""
    return {
        "name": "sentinel",
        "image": image,
        "command": ["sh", f"{CONFIGURATION_AT}/sentinel.sh"],
        "ports": [{"name": "sentinel", "container_port": SENTINEL}],
        "resources": bounded("25m", "48Mi"),
        "startup_probe": answering(SENTINEL, period_seconds=1, failures=START_SECONDS),
        "liveness_probe": answering(SENTINEL, period_seconds=20, failures=2),
        "readiness_probe": answering(SENTINEL, period_seconds=20, failures=2),
        "volume_mounts": MOUNTS,
    }
