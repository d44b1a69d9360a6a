"""Gateway, certificate and routes of the API's public name."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra.labels import object_meta
from infra.stack import StackSettings

API_VERSION: Final = "gateway.networking.k8s.io/v1"
NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
MOVED: Final = 301
KEY: Final = {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"}
"""A new key with each certificate, so that a leaked key expires with it."""


@dataclass(frozen=True, kw_only=True)
class PublicGatewayArgs:
    """The public name, its backend Service, and the controllers that implement it."""

    hostname: str
    namespace: pulumi.Input[str]
    app_namespace: str
    """`namespace` as plain text, for the listeners' selectors."""
    service: pulumi.Input[str]
    gateway_namespace: str
    """Namespace of the gateway's pods, of this Gateway and of its private key."""
    gateway_class: str
    issuer: str


class PublicGateway(pulumi.ComponentResource):
    """Gateway, certificate and routes of one public name.

    `pulumi up` waits for neither address nor certificate: DNS can only point at the
    gateway once it exists, and some issuers resolve the name first.
    """

    url: str

    def __init__(
        self,
        name: str,
        args: PublicGatewayArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:PublicGateway", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        outside = object_meta(args.app_namespace, args.gateway_namespace)
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
                metadata=object_meta(route, args.namespace),
                spec=spec,
                opts=child,
            )
        self.url = f"https://{args.hostname}"
        self.register_outputs({"url": self.url})


def certificate_of(args: PublicGatewayArgs) -> dict[str, Any]:
    """Return the Certificate's spec; cert-manager issues and renews it."""
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


def gateway_of(args: PublicGatewayArgs) -> dict[str, Any]:
    """Return the Gateway's spec: the HTTP listener only redirects to HTTPS."""
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


def redirect_of(args: PublicGatewayArgs) -> dict[str, Any]:
    """Return the route that redirects HTTP to HTTPS."""
    moved = {"scheme": "https", "statusCode": MOVED}
    filters = [{"type": "RequestRedirect", "requestRedirect": moved}]
    return _route(args, "http", {"filters": filters})


def route_of(args: PublicGatewayArgs) -> dict[str, Any]:
    """Return the route that sends every path to the API."""
    return _route(args, "https", {"backendRefs": [{"name": args.service, "port": 80}]})


def key_of(args: PublicGatewayArgs) -> str:
    """Return the name of the Secret that holds certificate and key."""
    return f"{args.app_namespace}-tls"


def _route(
    args: PublicGatewayArgs, listener: str, rule: dict[str, Any]
) -> dict[str, Any]:
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


def create_gateway(
    settings: StackSettings, namespace: pulumi.Input[str], service: pulumi.Input[str]
) -> str | None:
    """Create the Gateway; return the API's public address, or None without a name."""
    public = settings.public
    if public is None:
        return None
    gateway = PublicGateway(
        "public-gateway",
        PublicGatewayArgs(
            hostname=public.hostname,
            namespace=namespace,
            app_namespace=settings.namespace,
            service=service,
            gateway_namespace=settings.gateway_namespace,
            gateway_class=public.gateway_class,
            issuer=public.issuer,
        ),
    )
    return gateway.url
