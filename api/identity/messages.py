"""What the identity slice asks the workers to do."""

from typing import ClassVar

from api.kernel.messages import Message


class ForgetEnded(Message, frozen=True):
    """Delete sessions, refresh tokens and API keys that ended long ago."""

    actor: ClassVar[str] = "identity.forget_ended"
