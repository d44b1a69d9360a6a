"""The way in: one public name, encrypted, led to the API and to nothing else."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra.labels import named
from infra.stack import StackSettings

API_VERSION: Final = "gateway.networking.k8s.io/v1"
NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
MOVED: Final = 301
KEY: Final = {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"}
"""A new key with each certificate: one that leaked ends with it."""


@dataclass(frozen=True, kw_only=True)
class PublicDoorArgs:
    """The name, who answers to it, and whose controllers make it so."""

    hostname: str
    namespace: pulumi.Input[str]
    app_namespace: str
    """The same, as the gateway's listeners select it."""
    service: pulumi.Input[str]
    gateway_namespace: str
    """Where the gateway's pods are, and with them this Gateway and its key."""
    gateway_class: str
    issuer: str


class PublicDoor(pulumi.ComponentResource):
    """Gateway, certificate and routes of one public name.

    `pulumi up` waits for neither address nor certificate: the name can only be
    pointed at the gateway once it is there, and some issuers ask for the name first.
    """

    url: str

    def __init__(
        self,
        name: str,
        args: PublicDoorArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:PublicDoor", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        outside = named(args.app_namespace, args.gateway_namespace)
        CustomResource(
            name,
            api_version="cert-manager.io/v1",
            kind="Certificate",
            metadata=outside,
            spec=certificate_of(args),
            opts=child,
        )
        CustomResource(
            name,
            api_version=API_VERSION,
            kind="Gateway",
            metadata=outside,
            spec=gateway_of(args),
            opts=child,
        )
        routes = {"redirect": redirect_of(args), "api": route_of(args)}
        for route, spec in routes.items():
            CustomResource(
                f"{name}-{route}",
                api_version=API_VERSION,
                kind="HTTPRoute",
                metadata=named(route, args.namespace),
                spec=spec,
                opts=child,
            )
        self.url = f"https://{args.hostname}"
        self.register_outputs({"url": self.url})


def certificate_of(args: PublicDoorArgs) -> dict[str, Any]:
    """cert-manager asks the issuer, and again before it ends."""
    return {
        "secretName": key_of(args),
        "dnsNames": [args.hostname],
        "issuerRef": {
            "group": "cert-manager.io",
            "kind": "ClusterIssuer",
            "name": args.issuer,
        },
        "privateKey": KEY,
        "usages": ["digital signature", "server auth"],
    }


def gateway_of(args: PublicDoorArgs) -> dict[str, Any]:
    """Two listeners: the plain one only says where the other is."""
    here = {"hostname": args.hostname}
    return {
        "gatewayClassName": args.gateway_class,
        "listeners": [
            {
                "name": "http",
                "protocol": "HTTP",
                "port": 80,
                **here,
                # The issuer's challenge is answered from the gateway's own namespace.
                **_routes_from(args.app_namespace, args.gateway_namespace),
            },
            {
                "name": "https",
                "protocol": "HTTPS",
                "port": 443,
                **here,
                "tls": {
                    "mode": "Terminate",
                    "certificateRefs": [{"kind": "Secret", "name": key_of(args)}],
                },
                **_routes_from(args.app_namespace),
            },
        ],
    }


def redirect_of(args: PublicDoorArgs) -> dict[str, Any]:
    """Whoever comes unencrypted is told to come back encrypted."""
    moved = {"scheme": "https", "statusCode": MOVED}
    filters = [{"type": "RequestRedirect", "requestRedirect": moved}]
    return _route(args, "http", {"filters": filters})


def route_of(args: PublicDoorArgs) -> dict[str, Any]:
    """Every path is the API's."""
    return _route(args, "https", {"backendRefs": [{"name": args.service, "port": 80}]})


def key_of(args: PublicDoorArgs) -> str:
    """The Secret in which certificate and key are."""
    return f"{args.app_namespace}-tls"


def _route(args: PublicDoorArgs, listener: str, rule: dict[str, Any]) -> dict[str, Any]:
    parent = {
        "name": args.app_namespace,
        "namespace": args.gateway_namespace,
        "sectionName": listener,
    }
    return {"parentRefs": [parent], "hostnames": [args.hostname], "rules": [rule]}


def _routes_from(*namespaces: str) -> dict[str, Any]:
    chosen = {"key": NAMESPACE_LABEL, "operator": "In", "values": list(namespaces)}
    selector = {"matchExpressions": [chosen]}
    return {"allowedRoutes": {"namespaces": {"from": "Selector", "selector": selector}}}


def open_door(
    settings: StackSettings, namespace: pulumi.Input[str], service: pulumi.Input[str]
) -> str | None:
    """The public address of the API, once the door is there; None without a name."""
    if not (settings.hostname and settings.gateway_class and settings.issuer):
        return None
    door = PublicDoor(
        "door",
        PublicDoorArgs(
            hostname=settings.hostname,
            namespace=namespace,
            app_namespace=settings.namespace,
            service=service,
            gateway_namespace=settings.gateway_namespace,
            gateway_class=settings.gateway_class,
            issuer=settings.issuer,
        ),
    )
    return door.url
