"""HAProxy in front of the broker: it routes to the member that is the master."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgsDict
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    ProbeArgsDict,
    SecretVolumeSourceArgsDict,
    Service,
    VolumeArgsDict,
)

from infra.broker import MEMBERS
from infra.data_pod import (
    disruption_budget,
    pod_template,
    service_account,
    two_replicas,
)
from infra.kubernetes_secret import SecretArgs, SecretSource, create_secret
from infra.labels import generated_meta, labels_of, object_meta
from infra.ports import PROXY_METRICS, REDIS
from infra.quantities import resources_of
from infra.redis_config import MASTER
from infra.secret_text import SecretText

NAME: Final = "broker-proxy"
SERVICE: Final = "broker"
CONFIGURATION_AT: Final = "/etc/haproxy-broker"
FILE: Final = "haproxy.cfg"


@dataclass(frozen=True, kw_only=True)
class BrokerProxyArgs:
    """The image, and the domain of the members' names."""

    namespace: pulumi.Input[str]
    domain: str
    image: str
    source: SecretSource


class BrokerProxy(pulumi.ComponentResource):
    """Two HAProxy pods behind the Service that our programs connect to."""

    def __init__(
        self,
        name: str,
        args: BrokerProxyArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:BrokerProxy", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        configuration = create_secret(
            NAME,
            SecretArgs(
                metadata=generated_meta(args.namespace),
                texts={FILE: SecretText(configuration_of(args.domain))},
                source=args.source,
                immutable=True,
            ),
            child,
        )
        account = service_account(NAME, args.namespace, child)
        Deployment(
            NAME,
            metadata=object_meta(NAME, args.namespace),
            spec=deployment_of(args.image, configuration.name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        Service(
            SERVICE,
            metadata=object_meta(SERVICE, args.namespace),
            spec={
                "selector": labels_of(NAME),
                "ports": [{"name": "redis", "port": REDIS, "target_port": "redis"}],
            },
            opts=child,
        )
        disruption_budget(NAME, args.namespace, child)
        self.register_outputs({})


def configuration_of(domain: str) -> str:
    """Return HAProxy's configuration: one backend, in which only a master is healthy.

    If two members claim to be master after a partition, both proxies choose the same
    one. When a member stops being master its connections are closed, and clients
    reconnect.
    """
    servers = "\n".join(
        f"  server {MASTER}-{number} {MASTER}-{number}.{domain}:{REDIS}"
        for number in range(MEMBERS)
    )
    return f"""\
global
  maxconn 8192
  log stdout format raw local0 notice
  hard-stop-after 5s

defaults
  mode tcp
  log global
  timeout connect 2s
  timeout check 2s
  timeout client 1h
  timeout server 1h

resolvers cluster
  parse-resolv-conf
  resolve_retries 2
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 1s
  hold nx 1s
  hold obsolete 1s

frontend broker
  bind :{REDIS}
  default_backend master

backend master
  balance first
  option tcp-check
  tcp-check connect
  tcp-check send AUTH\\ {{brokerPassword}}\\r\\n
  tcp-check expect string +OK
  tcp-check send INFO\\ replication\\r\\n
  tcp-check send QUIT\\r\\n
  tcp-check expect string role:master
  default-server check inter 1s fastinter 500ms downinter 500ms fall 2 rise 1
  default-server on-marked-down shutdown-sessions
  default-server resolvers cluster init-addr none resolve-prefer ipv4
{servers}

frontend metrics
  mode http
  bind :{PROXY_METRICS}
  timeout http-request 5s
  http-request return status 200 if {{ path /alive }}
  http-request use-service prometheus-exporter if {{ path /metrics }}
"""


def deployment_of(image: str, secret: pulumi.Input[str]) -> DeploymentSpecArgsDict:
    """Return two replicas; only their group may read the configuration."""
    volume: SecretVolumeSourceArgsDict = {"secret_name": secret, "default_mode": 0o440}
    volumes: list[VolumeArgsDict] = [{"name": "configuration", "secret": volume}]
    return two_replicas(NAME, pod_template(NAME, [container_of(image)], volumes))


def container_of(image: str) -> ContainerArgsDict:
    """Return the container. It is ready without a master too: it refuses at once."""
    return {
        "name": NAME,
        "image": image,
        "command": ["haproxy", "-db", "-f", f"{CONFIGURATION_AT}/{FILE}"],
        "ports": [
            {"name": "redis", "container_port": REDIS},
            {"name": "metrics", "container_port": PROXY_METRICS},
        ],
        "resources": resources_of("25m", "96Mi"),
        "startup_probe": probe(1, 60),
        "liveness_probe": probe(10, 3),
        "readiness_probe": probe(2, 2),
        "volume_mounts": [
            {
                "name": "configuration",
                "mount_path": CONFIGURATION_AT,
                "read_only": True,
            }
        ],
    }


def probe(period_seconds: int, failures: int) -> ProbeArgsDict:
    """Return a probe that HAProxy answers itself."""
    return {
        "http_get": {"path": "/alive", "port": "metrics"},
        "period_seconds": period_seconds,
        "timeout_seconds": 2,
        "failure_threshold": failures,
    }
