"""Alertmanager with the rendered routes, and the webhook that receives alerts."""

from dataclasses import dataclass
from typing import Final

import pulumi

from infra.disks import Disk
from infra.kubernetes_secret import SecretSource
from infra.observability.files import (
    SETTINGS_AT,
    plain_files,
    rendered_files,
    secret_files,
)
from infra.observability.names import ALERTMANAGER, PORTS
from infra.secret_text import SecretText
from infra.third_party_pod import Binary, Mount, ThirdPartyProgram
from infra.third_party_workload import ThirdPartyWorkload, ThirdPartyWorkloadArgs

FILE: Final = "alertmanager.yml"
DATA_AT: Final = "/alertmanager"
NOWHERE: Final = "http://alerts.invalid"
"""Placeholder of the webhook's address in the rendered routes."""
WEBHOOK: Final = "{alertWebhook}"


@dataclass(frozen=True, kw_only=True)
class AlertmanagerArgs:
    """The webhook, and the disk of silences."""

    namespace: pulumi.Input[str]
    binary: Binary
    disk: Disk
    source: SecretSource
    webhook: bool
    """Send alerts to the secret setting `alertWebhook`; otherwise only show them."""


class Alertmanager(pulumi.ComponentResource):
    """A single Alertmanager; its cluster port stays closed."""

    def __init__(
        self,
        name: str,
        args: AlertmanagerArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Alertmanager", name, {}, opts)
        ThirdPartyWorkload(
            ALERTMANAGER,
            ThirdPartyWorkloadArgs(
                namespace=args.namespace,
                program=program_of(args, self._settings(args)),
                disk=args.disk,
                disk_at=DATA_AT,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def _settings(self, args: AlertmanagerArgs) -> Mount:
        """Return the routes: a Secret if they contain the webhook's address."""
        routes = rendered_files(FILE)[FILE]
        child = pulumi.ResourceOptions(parent=self)
        if not args.webhook:
            return plain_files(ALERTMANAGER, args.namespace, {FILE: routes}, child)
        texts = {FILE: SecretText(routes.replace(NOWHERE, WEBHOOK))}
        return secret_files(ALERTMANAGER, args.namespace, texts, args.source, child)


def program_of(args: AlertmanagerArgs, settings: Mount) -> ThirdPartyProgram:
    """Return the program."""
    return ThirdPartyProgram(
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
