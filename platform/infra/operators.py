"""The operators that run database, releases and scaling, from their own manifests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from infra.guarded_namespace import RESTRICTED
from infra.kept_secret import KeptSecretArgs, SecretSource, keep_secret
from infra.labels import named
from infra.manifests import objects_of
from infra.operator_paths import Neighbours, policies_of
from infra.pins import Pins
from infra.published import PublishedObject, fitted
from infra.secret_text import SecretText
from infra.stack import StackSettings
from infra.standing_by import stand_twice

DATABASES: Final = "cloudnative-pg"
PLUGIN: Final = "barman-cloud"
FOR_DATA: Final = (DATABASES, PLUGIN)
FOR_PROGRAMS: Final = ("argo-rollouts", "keda")
PLUGIN_PAIRS: Final = {
    "barman-cloud-server-tls": "backupServerPair",
    "barman-cloud-client-tls": "backupClientPair",
}
"""Operator and plug-in know each other by these, and by nothing that signed them."""
CERTIFICATES: Final = "cert-manager.io/"
LAST: Final = ("Deployment",)
"""An operator that starts before its definitions are there gives up."""


@dataclass(frozen=True, kw_only=True)
class OperatorsArgs:
    """Which, the pins, the neighbours, and who holds the plug-in's certificates."""

    names: tuple[str, ...]
    pins: Pins
    near: Neighbours
    source: SecretSource


class Operators(pulumi.ComponentResource):
    """Those that are asked for, ready to work.

    Who depends on the parts of an operator finds its definitions and finds it running.
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
        """A namespace of operators, as closed as ours, and what is permitted in it."""
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
                    metadata=named(purpose, namespace.metadata["name"]),
                    spec=spec,
                    opts=pulumi.ResourceOptions(parent=self),
                )
                for purpose, spec in policies_of(home, args.near).items()
            ),
        ]

    def _install(
        self,
        operator: str,
        args: OperatorsArgs,
        homes: dict[str, list[pulumi.Resource]],
    ) -> list[pulumi.Resource]:
        home = args.pins.manifest(operator).namespace
        # An operator that is cut off first cannot take back what it made.
        before = list(homes[home])
        parts: list[pulumi.Resource] = []
        if operator == PLUGIN:
            before += self._pairs(home, args.source, before)
        for made in sorted(published(operator, args.pins), key=_in_order):
            name = f"{operator}-{made['kind']}-{made['metadata']['name']}".lower()
            needs = homes[home][:1]
            if made["kind"] in LAST:
                needs = list(before)
            elif operator == PLUGIN and made["kind"] == "Service":
                # The other operator marks it, and must be there to take the mark away:
                # until then it cannot be deleted.
                needs = [*needs, *self.parts[DATABASES]]
            opts = pulumi.ResourceOptions(parent=self, depends_on=needs)
            resource = PublishedObject(name, made, opts)
            parts.append(resource)
            if made["kind"] not in (*LAST, "Service", "APIService"):
                before.append(resource)
        return parts

    def _pairs(
        self, home: str, source: SecretSource, before: list[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        """Certificate and key lie in one text: each reader takes what it looks for."""
        made = []
        for name, setting in PLUGIN_PAIRS.items():
            pair = SecretText(f"{{{setting}}}")
            made.append(
                keep_secret(
                    name,
                    KeptSecretArgs(
                        metadata=named(name, home),
                        texts={"tls.crt": pair, "tls.key": pair},
                        source=source,
                        kind="kubernetes.io/tls",
                    ),
                    pulumi.ResourceOptions(parent=self, depends_on=before),
                ).made
            )
        return made


def install_operators(
    purpose: str,
    names: tuple[str, ...],
    settings: StackSettings,
    pins: Pins,
    opts: pulumi.ResourceOptions | None = None,
) -> list[pulumi.Resource]:
    """Install them where the stack asks for it; what to wait for, if for anything."""
    if not settings.operators_installed:
        return []
    near = Neighbours(
        data_namespace=settings.data_namespace,
        observability_namespace=settings.observability_namespace,
        api_server_cidr=settings.api_server_cidr,
    )
    source = SecretSource(store=settings.secret_store, values=settings.secrets)
    args = OperatorsArgs(names=names, pins=pins, near=near, source=source)
    made = Operators(f"operators-for-{purpose}", args, opts).parts
    return [part for operator in names for part in made[operator]]


def published(operator: str, pins: Pins) -> Iterator[dict[str, Any]]:
    """The objects of one operator that we make as they are published."""
    manifest = pins.manifest(operator)
    images = {theirs: pins.image(ours) for theirs, ours in manifest.images.items()}
    for made in objects_of(manifest):
        theirs = made["apiVersion"].startswith(CERTIFICATES)
        if theirs or made["kind"] == "Namespace":
            continue
        fit = fitted(made, manifest.namespace, images)
        if operator in FOR_DATA and fit["kind"] == "Deployment":
            stand_twice(fit["spec"], elects=operator != PLUGIN)
        yield fit


def _in_order(made: dict[str, Any]) -> int:
    """Definitions first, programs last."""
    if made["kind"] == "CustomResourceDefinition":
        return 0
    return 2 if made["kind"] in LAST else 1
