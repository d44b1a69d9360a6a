"""Environment of a program: plain settings in a ConfigMap, secrets as files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap, EnvVarArgsDict, VolumeArgsDict

from infra.kubernetes_secret import SecretArgs, SecretSource, create_secret
from infra.labels import generated_meta
from infra.secret_text import Secrets

SECRETS_AT: Final = "/run/secrets/holdfast"


@dataclass(frozen=True, kw_only=True)
class EnvironmentArgs:
    """Settings of one program by variable name."""

    namespace: pulumi.Input[str]
    values: Mapping[str, str]
    secrets: Secrets
    source: SecretSource


class Environment(pulumi.ComponentResource):
    """Immutable ConfigMap and Secret under generated names.

    A changed value makes a new object with a new name, so the pods that use it roll.
    The old object stays: during a canary and after its rollback the old pods must still
    be able to start. Old objects are deleted with the namespace.
    """

    config_name: pulumi.Output[str]
    secret_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: EnvironmentArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Environment", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        self._name = name
        self._secrets = tuple(sorted(args.secrets))
        config = ConfigMap(
            name,
            metadata=generated_meta(args.namespace),
            data=dict(args.values),
            immutable=True,
            opts=child,
        )
        self.secret_name = create_secret(
            name,
            SecretArgs(
                metadata=generated_meta(args.namespace),
                texts=args.secrets,
                source=args.source,
                immutable=True,
            ),
            child,
        ).name
        self.config_name = config.metadata["name"]
        self.register_outputs({})

    def secret_files(self) -> list[EnvVarArgsDict]:
        """Return `<SETTING>_FILE` variables: child processes inherit no value."""
        return [
            {"name": f"{setting}_FILE", "value": f"{SECRETS_AT}/{setting}"}
            for setting in self._secrets
        ]

    def secret_volume(self) -> VolumeArgsDict:
        """Return a volume of the secrets, readable by the program's group only."""
        return {
            "name": "secrets",
            "secret": {"secret_name": self.secret_name, "default_mode": 0o440},
        }
