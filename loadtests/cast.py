"""Who takes part in a run: made before the clock starts, never counted."""

from msgspec import Struct


class Account(Struct, frozen=True):
    """Somebody who can log in; throw-away credentials of one run."""

    email: str
    password: str


class Session(Struct, frozen=True):
    """What a log-in gave; `refresh_token` works once."""

    access_token: str
    refresh_token: str


class Tenant(Struct, frozen=True):
    """One organization with its keys and some events that are already there."""

    id: str
    writing_key: str
    reading_key: str
    event_ids: tuple[str, ...]


class Cast(Struct, frozen=True):
    """Everybody and everything the personas lean on."""

    accounts: tuple[Account, ...]
    sessions: tuple[Session, ...]
    tenants: tuple[Tenant, ...]

    def share(self, *, index: int, of: int) -> "Cast":
        """The part of one generator process: sessions are single-use, so split."""
        return Cast(
            accounts=self.accounts[index::of] or self.accounts,
            sessions=self.sessions[index::of],
            tenants=self.tenants,
        )
