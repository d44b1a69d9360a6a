"""The validity of a run: reasons why its figures prove nothing."""

from loadtests.plan import Plan
from loadtests.stats import Stats

LAG_SHARE = 0.10
"""Dispatch lag p99 may be this part of the tightest p95 that is judged."""
SENT_SHARE = 0.99
CPU_SHARE = 0.80
"""A generator that uses more of a core than this delays its own requests."""


def find_flaws(plan: Plan, stats: Stats, *, tightest_seconds: float) -> list[str]:
    """Return why the generator's figures are invalid; empty if they are valid."""
    flaws = []
    lag = stats.lag.percentile(99)
    allowed = tightest_seconds * LAG_SHARE
    if plan.model == "open" and lag is not None and lag > allowed:
        flaws.append(
            f"requests left late: lag p99 {lag * 1000:.1f} ms,"
            f" more than {allowed * 1000:.0f} ms"
        )
    flaws += find_overload(plan, stats)
    if not stats.sent:
        flaws.append("nothing was sent in the measured window")
    if (share := cpu_share(stats)) > CPU_SHARE:
        flaws.append(f"the generator was saturated: {share:.0%} of one core")
    if stats.crashed:
        flaws.append(f"{stats.crashed} actions broke in the generator")
    return flaws


def find_overload(plan: Plan, stats: Stats) -> list[str]:
    """Return why too few requests were sent for a verdict on latency.

    A generator that is on time drops arrivals when responses do not come.
    """
    lost = []
    if stats.dropped:
        lost.append(
            f"{stats.dropped} arrivals dropped: {plan.in_flight_limit} were in flight"
        )
    if stats.sent < stats.scheduled * SENT_SHARE:
        lost.append(f"only {stats.sent} of {stats.scheduled} arrivals were sent")
    return lost


def cpu_share(stats: Stats) -> float:
    """Return the share of one core that the busiest generator process used."""
    return stats.cpu_seconds / stats.wall_seconds if stats.wall_seconds else 0.0
