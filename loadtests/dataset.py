"""The test data of a run: created before the measurement, never counted."""

from msgspec import Struct


class Account(Struct, frozen=True):
    """Credentials of a user that exists for one run."""

    email: str
    password: str


class Session(Struct, frozen=True):
    """The tokens of a log-in; `refresh_token` works once."""

    access_token: str
    refresh_token: str


class Tenant(Struct, frozen=True):
    """An organization with its API keys and the ids of its seeded events."""

    id: str
    writing_key: str
    reading_key: str
    event_ids: tuple[str, ...]


class Dataset(Struct, frozen=True):
    """Accounts, sessions and organizations that the personas use."""

    accounts: tuple[Account, ...]
    sessions: tuple[Session, ...]
    tenants: tuple[Tenant, ...]

    def share(self, *, index: int, of: int) -> "Dataset":
        """Return the part of one generator process: refresh tokens are single-use."""
        return Dataset(
            accounts=self.accounts[index::of] or self.accounts,
            sessions=self.sessions[index::of],
            tenants=self.tenants,
        )
