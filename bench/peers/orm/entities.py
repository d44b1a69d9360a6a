"""Tables of the peer: the same events in a plain table, users, sessions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All times have a zone; all documents are JSONB."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own spelling
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
    }


class Event(Base):
    """One event of one organization."""

    __tablename__ = "peer_events"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization: Mapped[UUID]
    client_id: Mapped[str]
    type: Mapped[str]
    tool: Mapped[str | None]
    actor: Mapped[str | None]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    properties: Mapped[dict[str, Any]]


class User(Base):
    """A person who can log in."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    password_hash: Mapped[str]


class Membership(Base):
    """The organization of a user."""

    __tablename__ = "memberships"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)


class Session(Base):
    """A log-in, by the digest of its refresh token."""

    __tablename__ = "peer_sessions"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
