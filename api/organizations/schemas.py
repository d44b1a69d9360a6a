"""The wire of organizations and members."""

from uuid import UUID

from msgspec import Struct

from api.edge.field_types import Email, Name
from api.identity.service import Person
from api.kernel.principals import Role
from api.organizations import service


class OrganizationRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """An organization to be founded."""

    name: Name


class MemberRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A registered person who shall belong, and as what."""

    email: Email
    role: Role


class RoleRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A member's new role."""

    role: Role


class OrganizationView(Struct, frozen=True):
    """An organization, and the caller's role there."""

    id: UUID
    name: str
    role: Role

    @staticmethod
    def of(membership: service.OrganizationMembership) -> "OrganizationView":
        """Show a membership."""
        return OrganizationView(
            membership.organization, membership.name, membership.role
        )


class OrganizationList(Struct, frozen=True):
    """Every organization of a person; there are few, so there are no pages."""

    data: list[OrganizationView]
    next_cursor: str | None = None


class MemberView(Struct, frozen=True):
    """A member."""

    user_id: UUID
    email: str
    name: str
    role: Role

    @staticmethod
    def of(member: service.Member, people: dict[UUID, Person]) -> "MemberView":
        """Show a member by name."""
        person = people[member.user]
        return MemberView(member.user, person.email, person.name, member.role)


class MemberList(Struct, frozen=True):
    """Every member of an organization."""

    data: list[MemberView]
    next_cursor: str | None = None
