"""Waiting times that spread: after a shared failure nobody returns in step."""

import random

_random = random.SystemRandom()


def jittered(seconds: float) -> float:
    """Between half of `seconds` and one and a half times it."""
    return seconds * _random.uniform(0.5, 1.5)


class Backoff:
    """Doubles from `first_seconds` up to `limit_seconds`; `reset` starts over."""

    def __init__(self, first_seconds: float, limit_seconds: float) -> None:
        self.first_seconds = first_seconds
        self.limit_seconds = limit_seconds
        self.failures = 0

    def next_seconds(self) -> float:
        """The jittered wait before the next attempt, never above the limit."""
        wait = min(self.first_seconds * 2**self.failures, self.limit_seconds)
        self.failures = min(self.failures + 1, 32)
        return min(jittered(wait), self.limit_seconds)

    def reset(self) -> None:
        self.failures = 0
