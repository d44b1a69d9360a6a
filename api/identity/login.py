"""Log-in and registration: where people, organizations and tokens meet.

Passwords are checked outside of any transaction, so that nobody holds a connection
while a core is busy hashing.
"""

from uuid import UUID

import msgspec
from msgspec import Struct

from api.identity import service
from api.identity.dependencies import AuthServices
from api.identity.errors import LoginRefused
from api.identity.schemas import (
    LoginRequest,
    OrganizationName,
    PersonView,
    RefreshRequest,
    RegisteredView,
    RegisterRequest,
    TokensView,
)
from api.kernel.identifiers import uuid7
from api.kernel.transactions import bound_to, reading, transaction
from api.organizations import service as organizations


class NewUser(Struct, frozen=True):
    """A user to register: future id, password hash and client fingerprint."""

    user: UUID
    password_hash: str
    client: bytes


async def register(
    auth: AuthServices, request: RegisterRequest, new_user: NewUser
) -> RegisteredView:
    """Keep a person, their organization and their first session.

    Runs inside the caller's transaction. Raises EmailTaken.
    """
    user, organization = new_user.user, uuid7()
    name = request.organization or f"{request.name}'s organization"
    async with bound_to(organization):
        person = await service.register_person(
            user=user,
            email=request.email,
            name=request.name,
            password_hash=new_user.password_hash,
        )
        await organizations.create_organization(
            organization=organization, name=name, owner=user
        )
        grant = await service.start_session(
            user=user, organization=organization, client=new_user.client, now=auth.now()
        )
    shown = _show(auth, grant)
    return RegisteredView(
        user=PersonView.of(person),
        organization=OrganizationName(organization, name),
        access_token=shown.access_token,
        refresh_token=shown.refresh_token,
    )


async def log_in(
    auth: AuthServices, request: LoginRequest, *, client: bytes
) -> TokensView:
    """Begin a session after checking the password.

    Raises LoginRefused; takes as long for an unknown address as for a known one.
    """
    async with reading(None):
        login = await service.find_login(request.email)
    right = await auth.passwords.matches(request.password, login.password_hash)
    if not right or login.user is None or login.password_hash is None:
        raise LoginRefused
    new_hash = None
    if auth.passwords.is_outdated(login.password_hash):
        new_hash = await auth.passwords.hash(request.password)
    async with transaction(None, user_id=login.user):
        if new_hash is not None:
            await service.keep_password_hash(user=login.user, password_hash=new_hash)
        membership = await organizations.find_membership(
            user=login.user, organization=None
        )
        grant = await service.start_session(
            user=login.user,
            organization=membership.organization,
            client=client,
            now=auth.now(),
        )
    return _show(auth, grant)


async def refresh(
    auth: AuthServices, request: RefreshRequest, *, client: bytes
) -> TokensView:
    """Rotate a refresh token, and move its session when another organization is named.

    Raises TokenRefused, RefreshTokenReused, OrganizationMissing. A reuse revokes the
    family, so that is committed before it is refused.
    """
    async with transaction(None):
        rotated = await service.rotate(
            refresh_token=request.refresh_token,
            successor=auth.ring.successor(request.refresh_token),
            client=client,
        )
    grant = service.require_single_holder(rotated)
    if request.organization not in (None, grant.organization):
        grant = await _move(grant, request.organization)
    return _show(auth, grant)


async def _move(grant: service.Grant, organization: UUID | None) -> service.Grant:
    async with transaction(None, user_id=grant.user):
        membership = await organizations.find_membership(
            user=grant.user, organization=organization
        )
        await service.move_session(
            session=grant.session, organization=membership.organization
        )
    return msgspec.structs.replace(grant, organization=membership.organization)


def _show(auth: AuthServices, grant: service.Grant) -> TokensView:
    access = auth.ring.sign(
        user=grant.user,
        organization=grant.organization,
        session=grant.session,
        now=auth.now(),
    )
    return TokensView(access_token=access, refresh_token=grant.refresh_token)
