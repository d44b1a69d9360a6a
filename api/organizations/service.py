"""Use cases of organizations; each runs inside the caller's transaction or read."""

from uuid import UUID

import asyncpg
from msgspec import Struct

from api.kernel.identifiers import uuid7
from api.kernel.principals import Principal, Role
from api.organizations.errors import (
    AlreadyMember,
    LastOwner,
    MemberMissing,
    OrganizationMissing,
    RankTooLow,
)
from api.organizations.tables import Membership, Organization


class OrganizationMembership(Struct, frozen=True):
    """An organization that a person belongs to, and their role there."""

    organization: UUID
    name: str
    role: Role


class Member(Struct, frozen=True):
    """A person's role in the bound organization."""

    user: UUID
    role: Role


async def create_organization(*, organization: UUID, name: str, owner: UUID) -> None:
    """Create an organization with its first owner; it must be the bound one."""
    await Organization.insert(Organization(id=organization, name=name))
    await _insert(organization=organization, user=owner, role=Role.owner)


async def list_memberships(*, user: UUID) -> list[OrganizationMembership]:
    """Return every organization of the bound person, oldest membership first."""
    memberships = (
        await Membership.select(Membership.organization_id, Membership.role)
        .where(Membership.user_id == user)
        .order_by(Membership.id)
    )
    wanted = [one["organization_id"] for one in memberships]
    if not wanted:
        return []
    organizations = await Organization.select(Organization.id, Organization.name).where(
        Organization.id.is_in(wanted)
    )
    names = {one["id"]: one["name"] for one in organizations}
    return [
        OrganizationMembership(
            one["organization_id"], names[one["organization_id"]], Role(one["role"])
        )
        for one in memberships
    ]


async def find_membership(
    *, user: UUID, organization: UUID | None
) -> OrganizationMembership:
    """Return the wanted membership, or the oldest; raises OrganizationMissing."""
    memberships = await list_memberships(user=user)
    for membership in memberships:
        if organization in (None, membership.organization):
            return membership
    raise OrganizationMissing


def require_own(principal: Principal, organization: UUID) -> None:
    """A token speaks for one organization; raises OrganizationMissing for others."""
    if principal.organization_id != organization:
        raise OrganizationMissing


async def list_members(*, organization: UUID) -> list[Member]:
    """Return the members of the bound organization, oldest first.

    The organization is named as well: a person may see their own memberships in
    others, and those do not belong in this list.
    """
    rows = (
        await Membership.select(Membership.user_id, Membership.role)
        .where(Membership.organization_id == organization)
        .order_by(Membership.id)
    )
    return [Member(row["user_id"], Role(row["role"])) for row in rows]


async def add_member(*, by: Principal, user: UUID, role: Role) -> Member:
    """Make a person a member; raises RankTooLow and AlreadyMember."""
    if role.rank > by.role.rank:
        raise RankTooLow
    try:
        await _insert(organization=by.organization_id, user=user, role=role)
    except asyncpg.UniqueViolationError as error:
        raise AlreadyMember from error
    return Member(user, role)


async def change_role(*, by: Principal, user: UUID, role: Role) -> Member:
    """Give a member another role; raises MemberMissing, RankTooLow, LastOwner."""
    membership = await _require_member(by, user)
    if role.rank > by.role.rank:
        raise RankTooLow
    if membership is Role.owner and role is not Role.owner:
        await _require_other_owner(by.organization_id, user)
    await Membership.update({Membership.role: role.value}).where(
        Membership.organization_id == by.organization_id, Membership.user_id == user
    )
    return Member(user, role)


async def remove_member(*, by: Principal, user: UUID) -> None:
    """End a membership; raises MemberMissing, RankTooLow, LastOwner."""
    if await _require_member(by, user) is Role.owner:
        await _require_other_owner(by.organization_id, user)
    await Membership.delete().where(
        Membership.organization_id == by.organization_id, Membership.user_id == user
    )


async def _require_member(by: Principal, user: UUID) -> Role:
    """Return the member's role, if the caller may touch them."""
    row = (
        await Membership.select(Membership.role)
        .where(
            Membership.organization_id == by.organization_id, Membership.user_id == user
        )
        .first()
    )
    if row is None:
        raise MemberMissing
    role = Role(row["role"])
    if role.rank > by.role.rank:
        raise RankTooLow
    return role


async def _require_other_owner(organization: UUID, user: UUID) -> None:
    """Lock the owners, so that two of them cannot leave at the same time."""
    owners = (
        await Membership.select(Membership.user_id)
        .where(
            Membership.organization_id == organization,
            Membership.role == Role.owner.value,
        )
        .lock_rows("UPDATE")
    )
    if all(owner["user_id"] == user for owner in owners):
        raise LastOwner


async def _insert(*, organization: UUID, user: UUID, role: Role) -> None:
    await Membership.insert(
        Membership(
            id=uuid7(), organization_id=organization, user_id=user, role=role.value
        )
    )
