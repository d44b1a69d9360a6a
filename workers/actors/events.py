"""Handlers of the events slice's messages; its service has the code."""

from api.events.messages import (
    BuildReport,
    KeepEventMonths,
    RetireEventMonth,
    RollUpEvents,
)
from api.events.service import months, reports, rollups
from api.kernel import clock
from workers.jobs.handlers import handles


@handles(RollUpEvents)
async def roll_up_events(message: RollUpEvents) -> None:
    """Add the organization's new counts to its roll-ups."""
    await rollups.roll_up_events(message.organization_id)


@handles(BuildReport)
async def build_report(message: BuildReport) -> None:
    """Build a requested report."""
    await reports.build_report(message.report_id, now=clock.now())


@handles(KeepEventMonths)
async def keep_months(_: KeepEventMonths) -> None:
    """Create partitions ahead and retire expired ones."""
    await months.keep_months(now=clock.now())


@handles(RetireEventMonth)
async def retire_month(message: RetireEventMonth) -> None:
    """Retire one batch of an expired month."""
    await months.retire_month(message.month, block=message.block)
