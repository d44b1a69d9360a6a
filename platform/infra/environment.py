"""A program's settings in the cluster: plain ones in a ConfigMap, secrets as files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap, EnvVarArgsDict, VolumeArgsDict

from infra.kept_secret import KeptSecretArgs, SecretSource, keep_secret
from infra.labels import unnamed
from infra.secret_text import Secrets

SECRETS_AT: Final = "/run/secrets/holdfast"


@dataclass(frozen=True, kw_only=True)
class EnvironmentArgs:
    """What one program is told; the keys are the names of its settings."""

    namespace: pulumi.Input[str]
    values: Mapping[str, str]
    secrets: Secrets
    source: SecretSource


class Environment(pulumi.ComponentResource):
    """Immutable settings under a generated name.

    A changed value makes a new object with a new name, so the pods that use it roll.
    The old object stays: while a canary is held, and when it is taken back, the old
    pods must still be able to start. Old objects go with the namespace.
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
            metadata=unnamed(args.namespace),
            data=dict(args.values),
            immutable=True,
            opts=child,
        )
        self.secret_name = keep_secret(
            name,
            KeptSecretArgs(
                metadata=unnamed(args.namespace),
                texts=args.secrets,
                source=args.source,
                immutable=True,
            ),
            child,
        ).name
        self.config_name = config.metadata["name"]
        self.register_outputs({})

    def secret_files(self) -> list[EnvVarArgsDict]:
        """`<SETTING>_FILE` for each secret: a file is not inherited by children."""
        return [
            {"name": f"{setting}_FILE", "value": f"{SECRETS_AT}/{setting}"}
            for setting in self._secrets
        ]

    def secret_volume(self) -> VolumeArgsDict:
        """The secrets as files that only the program's group may read."""
        return {
            "name": "secrets",
            "secret": {"secret_name": self.secret_name, "default_mode": 0o440},
        }
