"""The wire of people, sessions and keys."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from api.edge.field_types import Email, Name, Password
from api.identity import service, tokens
from api.identity.api_keys import PATTERN
from api.kernel.principals import Principal, Role

Scope = Literal["events:read", "events:write"]
RefreshText = Annotated[
    str, Meta(min_length=1, max_length=128, description="The newest refresh token.")
]


class RegisterRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person who wants to begin, with an organization of their own."""

    email: Email
    password: Password
    name: Name
    organization: Name | None = None


class LoginRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Proof of who somebody is."""

    email: Email
    password: Annotated[str, Meta(max_length=256)]


class RefreshRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A session that goes on, perhaps for another of the person's organizations."""

    refresh_token: RefreshText
    organization: UUID | None = None


class RenameRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's new name."""

    name: Name


class ApiKeyRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a key may do, and until when."""

    name: Name
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=2)]
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None

    def to_key_request(self) -> service.KeyRequest:
        """Say it in the words of the use case; a scope named twice counts once."""
        scopes = tuple(dict.fromkeys(self.scopes))
        return service.KeyRequest(self.name, scopes, self.expires_at)


class PersonView(Struct, frozen=True):
    """A person."""

    id: UUID
    email: str
    name: str

    @staticmethod
    def of(person: service.Person) -> "PersonView":
        """Show a person."""
        return PersonView(person.id, person.email, person.name)


class MeView(Struct, frozen=True):
    """The caller: who, for which organization, in which role."""

    user: PersonView
    organization_id: UUID
    role: Role
    permissions: list[str]

    @staticmethod
    def of(person: service.Person, principal: Principal) -> "MeView":
        """Show the caller to themselves."""
        return MeView(
            PersonView.of(person),
            principal.organization_id,
            principal.role,
            sorted(principal.scopes),
        )


class OrganizationName(Struct, frozen=True):
    """An organization, by id and name."""

    id: UUID
    name: str


class TokensView(Struct, frozen=True):
    """An access token to send, and a refresh token to get the next one with."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, no secret
    expires_in: int = tokens.ACCESS_SECONDS


class RegisteredView(Struct, frozen=True):
    """A new person, their organization, and their first tokens."""

    user: PersonView
    organization: OrganizationName
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, no secret
    expires_in: int = tokens.ACCESS_SECONDS


class NewApiKeyView(Struct, frozen=True):
    """A key that was just made. `key` is shown this once."""

    id: str
    key: Annotated[str, Meta(pattern=f"^{PATTERN}$")]
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None

    @staticmethod
    def of(made: service.NewKey) -> "NewApiKeyView":
        """Show a key that was just made."""
        requested = made.requested
        return NewApiKeyView(
            made.id,
            made.key,
            requested.name,
            requested.scopes,
            made.created_at,
            requested.expires_at,
        )


class ApiKeyView(Struct, frozen=True):
    """What is known of a key; never its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class ApiKeyList(Struct, frozen=True):
    """Every key of an organization; there are few, so there are no pages."""

    data: list[ApiKeyView]
    next_cursor: str | None = None
