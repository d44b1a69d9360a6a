"""A program that is about to end says so first, so that nobody is sent to it."""


class Drain:
    """Whether this instance has begun to end."""

    def __init__(self) -> None:
        self.begun = False

    def begin(self) -> None:
        """Report "not ready" from now on."""
        self.begun = True
