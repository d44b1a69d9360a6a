"""People, their sessions, and the keys of their programs."""

from piccolo.columns import UUID, Array, Bytea, Text, Timestamptz
from piccolo.table import Table

from api.kernel.engine import DB


class User(Table, tablename="users", db=DB):
    """A person; the e-mail address is kept in lower case and is unique."""

    id = UUID(primary_key=True)
    email = Text(unique=True)
    name = Text()
    password_hash = Text(secret=True)
    created_at = Timestamptz()


class Session(Table, tablename="sessions", db=DB):
    """A log-in: a family of refresh tokens that live and die together."""

    id = UUID(primary_key=True)
    user_id = UUID()
    organization_id = UUID()
    client = Bytea()
    created_at = Timestamptz()
    expires_at = Timestamptz()
    revoked_at = Timestamptz(null=True, default=None)


class RefreshToken(Table, tablename="refresh_tokens", db=DB):
    """One refresh token, by its SHA-256; used once, then its successor counts."""

    digest = Bytea(primary_key=True, secret=True)
    session_id = UUID()
    user_id = UUID()
    created_at = Timestamptz()
    used_at = Timestamptz(null=True, default=None)


class ApiKey(Table, tablename="api_keys", db=DB):
    """A program's key: its public id, and the SHA-256 of its secret."""

    id = Text(primary_key=True)
    organization_id = UUID()
    user_id = UUID()
    name = Text()
    secret_digest = Bytea(secret=True)
    scopes = Array(base_column=Text())
    created_at = Timestamptz()
    expires_at = Timestamptz(null=True, default=None)
    last_used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
