"""Whether a run may be believed at all, whatever its latencies say."""

from loadtests.plan import Plan
from loadtests.tally import Tally

LAG_SHARE = 0.10
"""Dispatch lag p99 may be this part of the tightest p95 that is judged."""
SENT_SHARE = 0.99
CPU_SHARE = 0.80
"""A generator that is busier than this queues by itself."""


def find_flaws(plan: Plan, tally: Tally, *, tightest_seconds: float) -> list[str]:
    """Why the generator's numbers prove nothing; empty when they may be believed."""
    flaws = []
    lag = tally.lag.percentile(99)
    allowed = tightest_seconds * LAG_SHARE
    if plan.model == "open" and lag is not None and lag > allowed:
        flaws.append(
            f"requests left late: lag p99 {lag * 1000:.1f} ms,"
            f" more than {allowed * 1000:.0f} ms"
        )
    flaws += find_overload(plan, tally)
    if not tally.sent:
        flaws.append("nothing was sent in the measured window")
    if (share := cpu_share(tally)) > CPU_SHARE:
        flaws.append(f"the generator was saturated: {share:.0%} of one core")
    if tally.crashed:
        flaws.append(f"{tally.crashed} errands broke in the generator")
    return flaws


def find_overload(plan: Plan, tally: Tally) -> list[str]:
    """What was not sent: too little for a verdict on latency.

    A generator that is on time drops arrivals because answers do not come.
    """
    lost = []
    if tally.dropped:
        lost.append(
            f"{tally.dropped} arrivals dropped: {plan.in_flight_limit} were in flight"
        )
    if tally.sent < tally.scheduled * SENT_SHARE:
        lost.append(f"only {tally.sent} of {tally.scheduled} arrivals were sent")
    return lost


def cpu_share(tally: Tally) -> float:
    """Part of one core that the busiest generator process used while sending."""
    return tally.cpu_seconds / tally.wall_seconds if tally.wall_seconds else 0.0
