"""The authenticated caller, and the permissions of each role.

PERMISSIONS is the complete function-level authorization: a permission that is in no
role cannot be granted.
"""

from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class Role(StrEnum):
    """Role of a member in one organization, weakest first."""

    viewer = "viewer"
    member = "member"
    admin = "admin"
    owner = "owner"

    @property
    def rank(self) -> int:
        """Return the position in the order, 0 for the weakest."""
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

# Scopes that an API key may have. Every other permission needs a person's session.
KEY_SCOPES = frozenset({"events:read", "events:write"})


#: Called with the user and the organization after a role changed or a membership ended:
#: cached credentials with the old role must not be used any more.
MembershipChanged = Callable[[UUID, UUID], None]


class Principal(Struct, frozen=True):
    """An authenticated caller, bound to one organization.

    `scopes` are the effective permissions: those of the role, for an API key only the
    ones that the key has as well.
    """

    user_id: UUID
    organization_id: UUID
    role: Role
    scopes: frozenset[str]
    session_id: UUID | None = None
    api_key: str | None = None

    def may(self, permission: str) -> bool:
        """Return whether the caller has the permission."""
        return permission in self.scopes
