"""The doors of organizations and their members."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from api.edge.permissions import requires
from api.edge.responses import IdempotencyKey, created, respond_once
from api.identity import service as identity
from api.kernel.idempotency import StoredResponse
from api.kernel.identifiers import uuid7
from api.kernel.principals import MembershipChanged, Principal, Role
from api.kernel.transactions import bound_to, reading, transaction
from api.organizations import service
from api.organizations.schemas import (
    MemberList,
    MemberRequest,
    MemberView,
    OrganizationList,
    OrganizationRequest,
    OrganizationView,
    RoleRequest,
)

AnyRequest = Request[Any, Any, Any]
OnChange = NamedDependency[SkipValidation[MembershipChanged]]
Caller = NamedDependency[SkipValidation[Principal]]


class OrganizationController(Controller):
    """The organizations of a person."""

    path = "/organizations"
    tags = ("organizations",)

    @post(operation_id="createOrganization", guards=[requires("organizations:create")])
    async def create(
        self,
        request: AnyRequest,
        principal: Caller,
        data: JSONBody[OrganizationRequest],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[OrganizationView]:
        """Found an organization and own it. Refresh with its id to act for it."""

        async def work() -> StoredResponse:
            organization = uuid7()
            async with bound_to(organization):
                await service.create_organization(
                    organization=organization, name=data.name, owner=principal.user_id
                )
            return created(OrganizationView(organization, data.name, Role.owner))

        async with transaction(principal.organization_id, user_id=principal.user_id):
            return await respond_once(
                request,
                OrganizationView,
                key=idempotency_key,
                organization_id=principal.organization_id,
                work=work,
            )

    @get(operation_id="listOrganizations", guards=[requires("organizations:read")])
    async def list_all(self, principal: Caller) -> OrganizationList:
        """List the organizations that the caller belongs to."""
        async with reading(principal.organization_id, user_id=principal.user_id):
            memberships = await service.list_memberships(user=principal.user_id)
        return OrganizationList([OrganizationView.of(one) for one in memberships])

    @get(
        "/{organization_id:uuid}",
        operation_id="showOrganization",
        guards=[requires("organizations:read")],
    )
    async def show(
        self, principal: Caller, organization_id: FromPath[UUID]
    ) -> OrganizationView:
        """Show one of the caller's organizations."""
        async with reading(principal.organization_id, user_id=principal.user_id):
            membership = await service.find_membership(
                user=principal.user_id, organization=organization_id
            )
        return OrganizationView.of(membership)


class MemberController(Controller):
    """The members of the organization that the token speaks for."""

    path = "/organizations/{organization_id:uuid}/members"
    tags = ("members",)

    @get(operation_id="listMembers", guards=[requires("members:read")])
    async def list_all(
        self, principal: Caller, organization_id: FromPath[UUID]
    ) -> MemberList:
        """List the members."""
        service.require_own(principal, organization_id)
        async with reading(organization_id, user_id=principal.user_id):
            members = await service.list_members(organization=organization_id)
            people = await identity.list_people([member.user for member in members])
        return MemberList([MemberView.of(member, people) for member in members])

    @post(operation_id="addMember", guards=[requires("members:write")])
    async def add(
        self,
        request: AnyRequest,
        principal: Caller,
        organization_id: FromPath[UUID],
        data: JSONBody[MemberRequest],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[MemberView]:
        """Make a registered person a member."""
        service.require_own(principal, organization_id)

        async def work() -> StoredResponse:
            user = await identity.find_person(data.email)
            member = await service.add_member(by=principal, user=user, role=data.role)
            return created(MemberView.of(member, await identity.list_people([user])))

        async with transaction(organization_id, user_id=principal.user_id):
            return await respond_once(
                request,
                MemberView,
                key=idempotency_key,
                organization_id=organization_id,
                work=work,
            )

    @patch(
        "/{user_id:uuid}", operation_id="changeRole", guards=[requires("members:write")]
    )
    async def change_role(
        self,
        principal: Caller,
        organization_id: FromPath[UUID],
        user_id: FromPath[UUID],
        data: JSONBody[RoleRequest],
        membership_changed: OnChange,
    ) -> MemberView:
        """Give a member another role."""
        service.require_own(principal, organization_id)
        async with transaction(organization_id, user_id=principal.user_id):
            member = await service.change_role(
                by=principal, user=user_id, role=data.role
            )
            people = await identity.list_people([user_id])
        membership_changed(user_id, organization_id)
        return MemberView.of(member, people)

    @delete(
        "/{user_id:uuid}",
        operation_id="removeMember",
        guards=[requires("members:write")],
    )
    async def remove(
        self,
        principal: Caller,
        organization_id: FromPath[UUID],
        user_id: FromPath[UUID],
        membership_changed: OnChange,
    ) -> None:
        """End a membership; the person's tokens for this organization die with it."""
        service.require_own(principal, organization_id)
        async with transaction(organization_id, user_id=principal.user_id):
            await service.remove_member(by=principal, user=user_id)
        membership_changed(user_id, organization_id)
