"""Who is asking, and what their role lets them do.

The table of roles is the whole of function-level access: a permission that
stands nowhere in it is granted to nobody.
"""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class Role(StrEnum):
    """A member's standing in one organization, weakest first."""

    viewer = "viewer"
    member = "member"
    admin = "admin"
    owner = "owner"

    @property
    def rank(self) -> int:
        """Return the place in the order, 0 for the weakest."""
        return list(Role).index(self)


_VIEWER = frozenset(
    {
        "profile:read",
        "profile:write",
        "organizations:read",
        "organizations:create",
        "members:read",
        "events:read",
    }
)
_MEMBER = _VIEWER | {"events:write", "api-keys:read", "api-keys:write"}
_ADMIN = _MEMBER | {"members:write"}

PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.viewer: _VIEWER,
    Role.member: _MEMBER,
    Role.admin: _ADMIN,
    Role.owner: _ADMIN,
}

# What an API key may be given; everything else needs a person's session.
KEY_SCOPES = frozenset({"events:read", "events:write"})


class Principal(Struct, frozen=True):
    """An authenticated caller, bound to one organization.

    `scopes` are the permissions in force: those of the role, and for an API
    key only the ones that the key was given as well.
    """

    user: UUID
    organization: UUID
    role: Role
    scopes: frozenset[str]
    session: UUID | None = None
    api_key: str | None = None

    def may(self, permission: str) -> bool:
        """Tell whether the permission is in force."""
        return permission in self.scopes
