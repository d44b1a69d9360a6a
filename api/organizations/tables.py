"""Organizations and who belongs to them."""

from piccolo.columns import UUID, Text, Timestamptz
from piccolo.table import Table

from api.kernel.engine import DB


class Organization(Table, tablename="organizations", db=DB):
    """A tenant."""

    id = UUID(primary_key=True)
    name = Text()
    created_at = Timestamptz()


class Membership(Table, tablename="memberships", db=DB):
    """A person's role in an organization; at most one for each pair."""

    id = UUID(primary_key=True)
    organization_id = UUID()
    user_id = UUID()
    role = Text()
    created_at = Timestamptz()
