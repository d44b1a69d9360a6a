"""Alertmanager: the rendered routes, leading to whoever is told."""

from dataclasses import dataclass
from typing import Final

import pulumi

from infra.appliance import Appliance, Binary, Mounted
from infra.appliance_workload import ApplianceWorkload, ApplianceWorkloadArgs, Disk
from infra.kept_secret import SecretSource
from infra.observability.files import SETTINGS_AT, plain_files, secret_files
from infra.observability.naming import ALERTMANAGER, PORTS
from infra.observability.rendered import rendered
from infra.secret_text import SecretText

FILE: Final = "alertmanager.yml"
DATA_AT: Final = "/alertmanager"
NOWHERE: Final = "http://alerts.invalid"
"""Stands in the rendered routes for the address that an installation gives."""
WEBHOOK: Final = "{alertWebhook}"


@dataclass(frozen=True, kw_only=True)
class AlertmanagerArgs:
    """Who is told, and where silences are remembered."""

    namespace: pulumi.Input[str]
    binary: Binary
    disk: Disk
    source: SecretSource
    told: bool
    """The secret setting `alertWebhook` says who; otherwise alerts are only seen."""


class Alertmanager(pulumi.ComponentResource):
    """One Alertmanager, alone: its cluster port stays closed."""

    def __init__(
        self,
        name: str,
        args: AlertmanagerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Alertmanager", name, {}, opts)
        ApplianceWorkload(
            ALERTMANAGER,
            ApplianceWorkloadArgs(
                namespace=args.namespace,
                appliance=appliance_of(args, self._settings(args)),
                disk=args.disk,
                disk_at=DATA_AT,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def _settings(self, args: AlertmanagerArgs) -> Mounted:
        """The routes: a Secret where they hold an address that lets one in."""
        routes = rendered(FILE)[FILE]
        child = pulumi.ResourceOptions(parent=self)
        if not args.told:
            return plain_files(ALERTMANAGER, args.namespace, {FILE: routes}, child)
        told = {FILE: SecretText(routes.replace(NOWHERE, WEBHOOK))}
        return secret_files(ALERTMANAGER, args.namespace, told, args.source, child)


def appliance_of(args: AlertmanagerArgs, settings: Mounted) -> Appliance:
    """The pod."""
    return Appliance(
        name=ALERTMANAGER,
        binary=args.binary,
        arguments=(
            f"--config.file={SETTINGS_AT}/{FILE}",
            f"--storage.path={DATA_AT}",
            f"--web.listen-address=:{PORTS[ALERTMANAGER]}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ),
        ports={"http": PORTS[ALERTMANAGER]},
        health="/-/ready",
        memory="64Mi",
        mounts=(settings,),
        account=ALERTMANAGER,
    )
