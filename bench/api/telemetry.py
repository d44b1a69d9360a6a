"""The cost of metrics and tracing per request, in a separate process."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.cores import SERVER, standing_on
from bench.exchange import RunAborted

_PROGRAM = "bench.variants.telemetry"


class Cost(Struct, frozen=True):
    """Processor microseconds per request: without, sampled, and all traced."""

    without: float
    sampled: float
    every: float

    @property
    def seconds(self) -> float:
        """Return the cost of metrics and sampled tracing in seconds."""
        return max(0.0, self.sampled - self.without) / 1e6


def weigh(settings: dict[str, str], *, folder: Path) -> Cost:
    """Run the program that answers the same request in all three ways in turn.

    Raises RunAborted.
    """
    with standing_on(SERVER):
        ended = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", _PROGRAM],
            env=os.environ | settings,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=False,
        )
    (folder / "telemetry.log").write_bytes(ended.stderr)
    if ended.returncode:
        raise RunAborted(f"telemetry: {ended.stderr.decode()[-300:].strip()}")
    return msgspec.json.decode(ended.stdout, type=Cost)
