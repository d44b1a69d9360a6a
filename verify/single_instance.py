"""One API instance alone, for targets that hold per instance."""

import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from exchange.platforms import LocalPlatform
from verify.stage import PlatformNotReady, Stage, Status

_LEAVE_SECONDS = 30.0
_RETURN_SECONDS = 60.0
_POLL_SECONDS = 0.5


@contextmanager
def one_instance(stage: Stage) -> Generator[str]:
    """Hold all API instances but the first down; yield the first one's metrics page.

    The others drain as in a deployment, and are healthy again when the block ends,
    also after an error. Raises PlatformNotReady when that takes too long.
    """
    published = stage.read_published()
    if not isinstance(published, LocalPlatform):
        raise PlatformNotReady("API instances are held down on this machine only")
    first, *others = published.api.instances
    holds = {name: Path(published.hold_dir) / name for name in others}
    page = published.processes[first].metrics
    if page is None:
        raise PlatformNotReady(f"{first} publishes no metrics page")
    try:
        processes = stage.read_status().processes
        for name, hold in holds.items():
            hold.touch()
            if pid := processes[name]["pid"]:
                os.kill(pid, signal.SIGTERM)
        _wait(stage, _LEAVE_SECONDS, "gone", lambda now: _are_held(now, others))
        yield page
    finally:
        for hold in holds.values():
            hold.unlink(missing_ok=True)
    _wait(stage, _RETURN_SECONDS, "back", lambda now: now.ready)


def _are_held(now: Status, names: list[str]) -> bool:
    return all(now.processes[name]["state"] == "held" for name in names)


def _wait(
    stage: Stage, limit_seconds: float, wanted: str, reached: Callable[[Status], bool]
) -> None:
    deadline = time.monotonic() + limit_seconds
    while not reached(stage.read_status()):
        if time.monotonic() > deadline:
            raise PlatformNotReady(
                f"the other API instances are not {wanted} after {limit_seconds:g} s"
            )
        time.sleep(_POLL_SECONDS)
