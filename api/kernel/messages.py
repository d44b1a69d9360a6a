"""The base class of messages from slices to the workers."""

from typing import ClassVar

from msgspec import Struct


class Message(Struct, frozen=True):
    """An order to the workers, in the imperative: `RollOut`, `BuildReport`.

    `actor` names the one handler; `queue` is "default", or "long" for jobs that last
    longer than a few seconds. Old and new releases run side by side, so unknown fields
    are ignored and every field added later has a default.
    """

    actor: ClassVar[str]
    queue: ClassVar[str] = "default"
