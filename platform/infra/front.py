"""The API's one address: a proxy that asks another instance when one is gone."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgsDict
from pulumi_kubernetes.core.v1 import ContainerArgsDict, Service, ServiceSpecArgsDict

from infra.bounds import bounded
from infra.data_pod import files, identity, one_at_a_time, pair_of, pod_template
from infra.front_file import configuration_of
from infra.labels import labels_of, named
from infra.pins import Pins
from infra.ports import HTTP
from infra.probes import alive, ready, started
from infra.sizes import Sizes
from infra.stack import StackSettings

NAME: Final = "front"
SURGE: Final = 2
"""While a release is rolled out there are more instances than the most; so many
times as many have room.
"""
CONFIGURATION_AT: Final = "/etc/haproxy-front"
FILE: Final = "haproxy.cfg"
GRACE_SECONDS: Final = 60
# Who is sent here no more still speaks to it; HAProxy then ends each conversation
# after the answer, and itself after the last.
LEAVE: Final = "sleep 5; kill -USR1 1; sleep 40"


@dataclass(frozen=True, kw_only=True)
class FrontArgs:
    """The image, and where the API's instances have their names."""

    namespace: pulumi.Input[str]
    members: str
    """The name that resolves to the address of every instance that is ready."""
    most: int
    """Instances that the autoscaler may start."""
    image: str


class Front(pulumi.ComponentResource):
    """Two copies behind the Service that callers and gateways are led to.

    Kubernetes needs a second or two to see that a pod is gone; a caller whom its
    Service sends there in the meantime fails. The proxy tries another instance.
    """

    host: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: FrontArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Front", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        text = configuration_of(args.members, slots=args.most * SURGE)
        configuration = files(name, args.namespace, {FILE: text}, child)
        account = identity(name, args.namespace, child)
        Deployment(
            name,
            metadata=named(name, args.namespace),
            spec=deployment_of(name, args.image, configuration),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        service = Service(
            name,
            metadata=named(name, args.namespace),
            spec=service_of(name),
            opts=child,
        )
        one_at_a_time(name, args.namespace, child)
        self.host = service.metadata["name"]
        self.register_outputs({"host": self.host})


def deployment_of(
    name: str, image: str, configuration: pulumi.Input[str]
) -> DeploymentSpecArgsDict:
    """The pair, with time to end the conversations that it has."""
    template = pod_template(
        name,
        [container_of(name, image)],
        [{"name": "configuration", "config_map": {"name": configuration}}],
        grace_seconds=GRACE_SECONDS,
    )
    return pair_of(name, template)


def container_of(name: str, image: str) -> ContainerArgsDict:
    """Ready while it serves: without the API it answers for it, in its format."""
    return {
        "name": name,
        "image": image,
        "command": ["haproxy", "-db", "-f", f"{CONFIGURATION_AT}/{FILE}"],
        "ports": [{"name": "http", "container_port": HTTP}],
        "resources": bounded("100m", "128Mi"),
        "startup_probe": started("/front/alive", "http"),
        "liveness_probe": alive("/front/alive", "http"),
        "readiness_probe": ready("/front/alive", "http"),
        "lifecycle": {"pre_stop": {"exec_": {"command": ["sh", "-c", LEAVE]}}},
        "volume_mounts": [
            {
                "name": "configuration",
                "mount_path": CONFIGURATION_AT,
                "read_only": True,
            }
        ],
    }


def service_of(name: str) -> ServiceSpecArgsDict:
    """Only inside the cluster; the gateway is the way in."""
    return {
        "type": "ClusterIP",
        "selector": labels_of(name),
        "ports": [{"name": "http", "port": 80, "target_port": "http"}],
    }


def stand_in_front(
    settings: StackSettings, sizes: Sizes, pins: Pins, namespace: pulumi.Input[str]
) -> Front:
    """The front of this stack's API."""
    return Front(
        NAME,
        FrontArgs(
            namespace=namespace,
            members=f"api.{settings.namespace}.svc.{settings.cluster_domain}",
            most=sizes.api.maximum,
            image=pins.image("haproxy"),
        ),
    )
