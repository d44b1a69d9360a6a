"""Templates of texts with secrets, filled in by Pulumi or by the secret store."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class SecretText:
    """Plain text with secret settings in braces, such as `redis://:{brokerPassword}@…`.

    It may be printed: it contains the names of secrets and no values.
    """

    template: str

    @property
    def settings(self) -> list[str]:
        """Return the secret settings in the text, in order."""
        return PLACE.findall(self.template)

    def filled(self, secrets: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[str]:
        """Return the text with its values, marked as a secret."""
        named = {setting: secrets[setting] for setting in self.settings}
        return pulumi.Output.secret(
            pulumi.Output.all(**named).apply(
                lambda known: PLACE.sub(lambda found: known[found[1]], self.template)
            )
        )

    def for_the_store(self) -> str:
        """Return the text as a template of External Secrets."""
        return PLACE.sub(lambda found: "{{ ." + found[1] + " }}", self.template)


Secrets = Mapping[str, SecretText]
"""The contents of one Secret: texts by key."""
