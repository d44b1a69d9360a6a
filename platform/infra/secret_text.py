"""Texts that hold secrets: written once, filled in by Pulumi or by the secret store."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class SecretText:
    """Plain text with secret settings in braces, such as `redis://:{brokerPassword}@…`.

    It may be printed: it names secrets and holds none.
    """

    template: str

    @property
    def settings(self) -> list[str]:
        """The secret settings that it holds, in order."""
        return PLACE.findall(self.template)

    def filled(self, secrets: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[str]:
        """The text itself, marked as a secret."""
        named = {setting: secrets[setting] for setting in self.settings}
        return pulumi.Output.secret(
            pulumi.Output.all(**named).apply(
                lambda known: PLACE.sub(lambda found: known[found[1]], self.template)
            )
        )

    def for_the_store(self) -> str:
        """The text as a template of external-secrets."""
        return PLACE.sub(lambda found: "{{ ." + found[1] + " }}", self.template)


Secrets = Mapping[str, SecretText]
"""What one object holds: the texts by their keys."""
