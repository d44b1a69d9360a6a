"""When requests should start: open arrivals with exponential gaps."""

import random
from collections.abc import Iterator


def intents(
    *, rate_per_second: float, seconds: float, draw: random.Random
) -> Iterator[float]:
    """Offsets in seconds from the start of the run, ascending, all below `seconds`.

    A Poisson stream: what the server does never moves an intended start.
    """
    at = draw.expovariate(rate_per_second)
    while at < seconds:
        yield at
        at += draw.expovariate(rate_per_second)
