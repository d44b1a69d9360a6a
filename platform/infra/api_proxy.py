"""HAProxy in front of the API: it retries requests that lost their instance."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgsDict
from pulumi_kubernetes.core.v1 import ContainerArgsDict, Service, ServiceSpecArgsDict

from infra.api_proxy_config import ALIVE, configuration_of
from infra.data_pod import (
    config_files,
    disruption_budget,
    pod_template,
    service_account,
    two_replicas,
)
from infra.labels import labels_of, object_meta
from infra.pins import Pins
from infra.ports import HTTP
from infra.probes import liveness_probe, readiness_probe, startup_probe
from infra.quantities import resources_of
from infra.sizes import Sizes
from infra.stack import StackSettings

NAME: Final = "api-proxy"
SURGE: Final = 2
"""HAProxy has slots for this multiple of the most instances: a release runs more."""
CONFIGURATION_AT: Final = "/etc/haproxy-api"
FILE: Final = "haproxy.cfg"
GRACE_SECONDS: Final = 60
# Existing connections outlive the endpoint's removal. On SIGUSR1 HAProxy closes each
# after its current response, then exits.
PRE_STOP: Final = "sleep 5; kill -USR1 1; sleep 40"


@dataclass(frozen=True, kw_only=True)
class ApiProxyArgs:
    """The image, and the API's instances."""

    namespace: pulumi.Input[str]
    instances: str
    """The name that resolves to the addresses of all ready instances."""
    most: int
    """Instances that the autoscaler may start."""
    image: str


class ApiProxy(pulumi.ComponentResource):
    """Two HAProxy pods behind the Service that gateways and clients call.

    Kubernetes removes a dead pod from a Service after a second or two; requests sent
    to it in the meantime would fail. The proxy tries another instance.
    """

    host: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: ApiProxyArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:ApiProxy", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        text = configuration_of(args.instances, slots=args.most * SURGE)
        configuration = config_files(name, args.namespace, {FILE: text}, child)
        account = service_account(name, args.namespace, child)
        Deployment(
            name,
            metadata=object_meta(name, args.namespace),
            spec=deployment_of(name, args.image, configuration),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        service = Service(
            name,
            metadata=object_meta(name, args.namespace),
            spec=service_of(name),
            opts=child,
        )
        disruption_budget(name, args.namespace, child)
        self.host = service.metadata["name"]
        self.register_outputs({"host": self.host})


def create_api_proxy(
    settings: StackSettings, sizes: Sizes, pins: Pins, namespace: pulumi.Input[str]
) -> ApiProxy:
    """Create the proxy of this stack's API."""
    return ApiProxy(
        NAME,
        ApiProxyArgs(
            namespace=namespace,
            instances=f"api.{settings.namespace}.svc.{settings.cluster_domain}",
            most=sizes.api.maximum,
            image=pins.image("haproxy"),
        ),
    )


def deployment_of(
    name: str, image: str, configuration: pulumi.Input[str]
) -> DeploymentSpecArgsDict:
    """Return two replicas with time to finish their open connections."""
    template = pod_template(
        name,
        [container_of(name, image)],
        [{"name": "configuration", "config_map": {"name": configuration}}],
        grace_seconds=GRACE_SECONDS,
    )
    return two_replicas(name, template)


def container_of(name: str, image: str) -> ContainerArgsDict:
    """Return the container. It is ready without an API too: it answers 503 itself."""
    return {
        "name": name,
        "image": image,
        "command": ["haproxy", "-db", "-f", f"{CONFIGURATION_AT}/{FILE}"],
        "ports": [{"name": "http", "container_port": HTTP}],
        "resources": resources_of("100m", "128Mi"),
        "startup_probe": startup_probe(ALIVE, "http"),
        "liveness_probe": liveness_probe(ALIVE, "http"),
        "readiness_probe": readiness_probe(ALIVE, "http"),
        "lifecycle": {"pre_stop": {"exec_": {"command": ["sh", "-c", PRE_STOP]}}},
        "volume_mounts": [
            {
                "name": "configuration",
                "mount_path": CONFIGURATION_AT,
                "read_only": True,
            }
        ],
    }


def service_of(name: str) -> ServiceSpecArgsDict:
    """Return a Service inside the cluster; a gateway leads to it from outside."""
    return {
        "type": "ClusterIP",
        "selector": labels_of(name),
        "ports": [{"name": "http", "port": 80, "target_port": "http"}],
    }
