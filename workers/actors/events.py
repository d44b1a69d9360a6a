"""What workers do for events: thin doors to the slice's service."""

from api.events.messages import (
    BuildReport,
    KeepEventMonths,
    RetireEventMonth,
    RollUpEvents,
)
from api.events.service import months, reports, rollups
from api.kernel import clock
from workers.actor import handles


@handles(RollUpEvents)
async def roll_up_events(message: RollUpEvents) -> None:
    """Add the organization's tallies to its roll-ups."""
    await rollups.roll_up_events(message.organization)


@handles(BuildReport)
async def build_report(message: BuildReport) -> None:
    """Build a report that was ordered."""
    await reports.build_report(message.report_id, now=clock.now())


@handles(KeepEventMonths)
async def keep_months(_: KeepEventMonths) -> None:
    """Make partitions ahead and retire expired ones."""
    await months.keep_months(now=clock.now())


@handles(RetireEventMonth)
async def retire_month(message: RetireEventMonth) -> None:
    """Retire a piece of an expired month."""
    await months.retire_month(message.month, block=message.block)
