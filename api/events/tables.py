"""What Piccolo needs to know of a report; the other tables are beyond it."""

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz
from piccolo.table import Table

from api.kernel.engine import DB


class EventReport(Table, tablename="event_reports", db=DB):
    """A report that somebody ordered, and how often it was built."""

    id = UUID(primary_key=True)
    organization = UUID()
    covers_from = Timestamptz()
    covers_to = Timestamptz()
    state = Text(default="waiting")
    builds = Integer(default=0)
    result = JSONB(null=True)
    created_at = Timestamptz()
    finished_at = Timestamptz(null=True)
