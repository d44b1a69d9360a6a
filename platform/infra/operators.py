"""Install the operators of database, releases and scaling from pinned manifests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from infra.kubernetes_secret import SecretArgs, SecretSource, create_secret
from infra.labels import object_meta
from infra.manifests import objects_of
from infra.operator_network_policies import OperatorNetworkArgs, policies_of
from infra.operator_objects import OperatorObject, adapt_object
from infra.operator_replicas import run_two_replicas
from infra.pins import Pins
from infra.restricted_namespace import RESTRICTED
from infra.secret_text import SecretText
from infra.stack import StackSettings

DATABASES: Final = "cloudnative-pg"
PLUGIN: Final = "barman-cloud"
FOR_DATA: Final = (DATABASES, PLUGIN)
FOR_PROGRAMS: Final = ("argo-rollouts", "keda")
PLUGIN_PAIRS: Final = {
    "barman-cloud-server-tls": "backupServerPair",
    "barman-cloud-client-tls": "backupClientPair",
}
"""Self-signed certificates by which operator and plug-in authenticate each other."""
CERTIFICATES: Final = "cert-manager.io/"
LAST: Final = ("Deployment",)
"""An operator that starts before its definitions exist exits."""


@dataclass(frozen=True, kw_only=True)
class OperatorsArgs:
    """The operators, the pins, the network, and the plug-in's certificates."""

    names: tuple[str, ...]
    pins: Pins
    network: OperatorNetworkArgs
    source: SecretSource


class Operators(pulumi.ComponentResource):
    """Several operators.

    A dependant of an operator's parts starts once its definitions exist and it runs.
    """

    parts: dict[str, list[pulumi.Resource]]

    def __init__(
        self,
        name: str,
        args: OperatorsArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Operators", name, {}, opts)
        homes = {
            home: self._home(home, args)
            for home in {
                args.pins.manifest(operator).namespace: None for operator in args.names
            }
        }
        self.parts = {}
        for operator in args.names:
            self.parts[operator] = self._install(operator, args, homes)
        self.register_outputs({})

    def _home(self, home: str, args: OperatorsArgs) -> list[pulumi.Resource]:
        """Create a restricted namespace for operators, with its network policies."""
        namespace = Namespace(
            home,
            metadata={"name": home, "labels": RESTRICTED},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return [
            namespace,
            *(
                NetworkPolicy(
                    f"{home}-{purpose}",
                    metadata=object_meta(purpose, namespace.metadata["name"]),
                    spec=spec,
                    opts=pulumi.ResourceOptions(parent=self),
                )
                for purpose, spec in policies_of(home, args.network).items()
            ),
        ]

    def _install(
        self,
        operator: str,
        args: OperatorsArgs,
        homes: dict[str, list[pulumi.Resource]],
    ) -> list[pulumi.Resource]:
        home = args.pins.manifest(operator).namespace
        # Policies before Deployments: on destroy an operator that loses its network
        # first could not delete its own objects.
        before = list(homes[home])
        parts: list[pulumi.Resource] = []
        if operator == PLUGIN:
            before += self._pairs(home, args.source, before)
        for made in sorted(objects_of_operator(operator, args.pins), key=_in_order):
            name = f"{operator}-{made['kind']}-{made['metadata']['name']}".lower()
            needs = homes[home][:1]
            if made["kind"] in LAST:
                needs = list(before)
            elif operator == PLUGIN and made["kind"] == "Service":
                # CloudNativePG puts a finalizer on this Service, so it must outlive it
                # on destroy.
                needs = [*needs, *self.parts[DATABASES]]
            opts = pulumi.ResourceOptions(parent=self, depends_on=needs)
            resource = OperatorObject(name, made, opts)
            parts.append(resource)
            if made["kind"] not in (*LAST, "Service", "APIService"):
                before.append(resource)
        return parts

    def _pairs(
        self, home: str, source: SecretSource, before: list[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        """Create the Secrets; a setting holds certificate and key in one PEM text."""
        made = []
        for name, setting in PLUGIN_PAIRS.items():
            pair = SecretText(f"{{{setting}}}")
            made.append(
                create_secret(
                    name,
                    SecretArgs(
                        metadata=object_meta(name, home),
                        texts={"tls.crt": pair, "tls.key": pair},
                        source=source,
                        kind="kubernetes.io/tls",
                    ),
                    pulumi.ResourceOptions(parent=self, depends_on=before),
                ).made
            )
        return made


def create_operators(
    purpose: str,
    names: tuple[str, ...],
    settings: StackSettings,
    pins: Pins,
    opts: pulumi.ResourceOptions | None = None,
) -> list[pulumi.Resource]:
    """Install the operators if the stack asks for it; return what to depend on."""
    if not settings.operators_installed:
        return []
    network = OperatorNetworkArgs(
        data_namespace=settings.data_namespace,
        observability_namespace=settings.observability_namespace,
        api_server_cidr=settings.api_server_cidr,
    )
    source = SecretSource(store=settings.secrets.store, values=settings.secrets.values)
    args = OperatorsArgs(names=names, pins=pins, network=network, source=source)
    made = Operators(f"operators-for-{purpose}", args, opts).parts
    return [part for operator in names for part in made[operator]]


def objects_of_operator(operator: str, pins: Pins) -> Iterator[dict[str, Any]]:
    """Return the adapted objects of one operator, except namespace and certificates."""
    manifest = pins.manifest(operator)
    images = {theirs: pins.image(ours) for theirs, ours in manifest.images.items()}
    for made in objects_of(manifest):
        theirs = made["apiVersion"].startswith(CERTIFICATES)
        if theirs or made["kind"] == "Namespace":
            continue
        fit = adapt_object(made, manifest.namespace, images)
        if operator in FOR_DATA and fit["kind"] == "Deployment":
            run_two_replicas(fit["spec"], elects=operator != PLUGIN)
        yield fit


def _in_order(made: dict[str, Any]) -> int:
    """Sort definitions first, Deployments last."""
    if made["kind"] == "CustomResourceDefinition":
        return 0
    return 2 if made["kind"] in LAST else 1
