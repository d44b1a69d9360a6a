"""What the events slice asks the workers to do."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from api.kernel.messages import Message


class RollUpEvents(Message, frozen=True):
    """Add an organization's tallies to its hourly roll-ups."""

    actor: ClassVar[str] = "events.roll_up"

    organization_id: UUID


class BuildReport(Message, frozen=True):
    """Build a report that was ordered."""

    actor: ClassVar[str] = "events.build_report"

    report_id: UUID


class KeepEventMonths(Message, frozen=True):
    """Make the partitions of the months ahead and retire the expired ones."""

    actor: ClassVar[str] = "events.keep_months"


class RetireEventMonth(Message, frozen=True):
    """Clear the keys of an expired month from a block on; at last, drop the month."""

    actor: ClassVar[str] = "events.retire_month"

    month: datetime
    block: int = 0
