"""Load flow: recent requests succeed at the offered rate."""

import asyncio

from chaos.timeline import now
from chaos.traffic.load import Load

WINDOW_SECONDS = 1.5
_SHARE = 0.6
_POLL_SECONDS = 0.1


def find_obstacles(load: Load, *, at: float) -> list[str]:
    """Return the problems of the window that ends `at`; empty when the load flowed.

    A request sent before the window does not count.
    """
    since = at - WINDOW_SECONDS
    writes = [ended for ended in load.attempts.successes("write") if ended >= since]
    wanted = _SHARE * load.rates.writes * WINDOW_SECONDS
    failed = [a for a in load.attempts.failed(since=since) if a.started >= since]
    complaints = []
    if len(writes) < wanted:
        rate = len(writes) / WINDOW_SECONDS
        offered = load.rates.writes
        complaints.append(f"{rate:.0f} of {offered:.0f} writes/s are acknowledged")
    if failed:
        complaints.append(f"{len(failed)} requests failed: {failed[-1].failure}")
    return complaints


async def wait_for_flow(load: Load, *, since: float, until: float) -> list[str]:
    """Wait for a whole flowing window after `since`; return the problems left."""
    await asyncio.sleep(max(0.0, since + WINDOW_SECONDS - now()))
    while True:
        obstacles = find_obstacles(load, at=now())
        if not obstacles or now() >= until:
            return obstacles
        await asyncio.sleep(_POLL_SECONDS)
