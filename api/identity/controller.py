"""The doors of log-in, of one's own profile, and of API keys."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, SkipValidation
from msgspec.structs import asdict

from api.edge.permissions import public, requires
from api.edge.responses import IdempotencyKey, created, respond_once
from api.identity import login, service
from api.identity.dependencies import AuthServices, fingerprint_of
from api.identity.schemas import (
    ApiKeyList,
    ApiKeyRequest,
    ApiKeyView,
    LoginRequest,
    MeView,
    NewApiKeyView,
    PersonView,
    RefreshRequest,
    RegisteredView,
    RegisterRequest,
    RenameRequest,
    TokensView,
)
from api.kernel.idempotency import NO_TENANT, StoredResponse
from api.kernel.identifiers import uuid7
from api.kernel.principals import Principal
from api.kernel.transactions import reading, transaction

AnyRequest = Request[Any, Any, Any]
Services = NamedDependency[SkipValidation[AuthServices]]
Caller = NamedDependency[SkipValidation[Principal]]
KeyId = Annotated[str, PathParameter(pattern=r"^[0-9A-Za-z]{12}$")]


class AuthController(Controller):
    """Getting in, staying in, getting out."""

    path = "/auth"
    tags = ("auth",)

    @post("/register", operation_id="register", guards=[public()])
    async def register(
        self,
        request: AnyRequest,
        data: JSONBody[RegisterRequest],
        auth: Services,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[RegisteredView]:
        """Register a person, with an organization that they own, and log them in."""
        password_hash = await auth.passwords.hash(data.password)
        new_user = login.NewUser(uuid7(), password_hash, fingerprint_of(request))

        async def work() -> StoredResponse:
            return created(await login.register(auth, data, new_user))

        async with transaction(NO_TENANT, user_id=new_user.user):
            return await respond_once(
                request,
                RegisteredView,
                key=idempotency_key,
                organization_id=NO_TENANT,
                scope=data.email.lower(),
                work=work,
            )

    @post("/login", operation_id="logIn", guards=[public()], status_code=200)
    async def log_in(
        self, request: AnyRequest, data: JSONBody[LoginRequest], auth: Services
    ) -> TokensView:
        """Exchange an address and a password for tokens."""
        return await login.log_in(auth, data, client=fingerprint_of(request))

    @post("/refresh", operation_id="refresh", guards=[public()], status_code=200)
    async def refresh(
        self, request: AnyRequest, data: JSONBody[RefreshRequest], auth: Services
    ) -> TokensView:
        """Exchange the newest refresh token for the next pair of tokens.

        A refresh token is used once. When it comes back later, or from another
        client, the whole session is revoked.
        """
        return await login.refresh(auth, data, client=fingerprint_of(request))

    @post(
        "/logout",
        operation_id="logOut",
        guards=[requires("profile:write")],
        status_code=204,
    )
    async def log_out(self, principal: Caller, auth: Services) -> None:
        """Revoke this session and its refresh tokens."""
        async with transaction(None, user_id=principal.user_id):
            await service.end_session(session=principal.session_id, now=auth.now())
        auth.forget_session(principal.session_id)


class ProfileController(Controller):
    """One's own profile."""

    path = "/me"
    tags = ("profile",)

    @get(operation_id="showMe", guards=[requires("profile:read")])
    async def show(self, principal: Caller) -> MeView:
        """Show who the token speaks for, and where."""
        async with reading(principal.organization_id, user_id=principal.user_id):
            person = await service.show_person(user=principal.user_id)
        return MeView.of(person, principal)

    @patch(operation_id="renameMe", guards=[requires("profile:write")])
    async def rename(
        self, principal: Caller, data: JSONBody[RenameRequest]
    ) -> PersonView:
        """Change one's name."""
        async with transaction(None, user_id=principal.user_id):
            person = await service.rename_person(user=principal.user_id, name=data.name)
        return PersonView.of(person)


class ApiKeyController(Controller):
    """Keys for programs."""

    path = "/api-keys"
    tags = ("api-keys",)

    @post(operation_id="createApiKey", guards=[requires("api-keys:write")])
    async def create(
        self,
        request: AnyRequest,
        principal: Caller,
        data: JSONBody[ApiKeyRequest],
        auth: Services,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[NewApiKeyView]:
        """Make a key for this organization. The answer shows it, and never again."""

        async def work() -> StoredResponse:
            requested = service.check_grantable(
                principal, data.to_key_request(), now=auth.now()
            )
            key = await service.create_key(
                principal=principal,
                requested=requested,
                environment=auth.environment,
                now=auth.now(),
            )
            return created(NewApiKeyView.of(key))

        async with transaction(principal.organization_id, user_id=principal.user_id):
            return await respond_once(
                request,
                NewApiKeyView,
                key=idempotency_key,
                organization_id=principal.organization_id,
                work=work,
            )

    @get(operation_id="listApiKeys", guards=[requires("api-keys:read")])
    async def list_all(self, principal: Caller) -> ApiKeyList:
        """List the keys of this organization that are not revoked."""
        async with reading(principal.organization_id):
            keys = await service.list_keys()
        return ApiKeyList([ApiKeyView(**asdict(key)) for key in keys])

    @delete(
        "/{key_id:str}",
        operation_id="revokeApiKey",
        guards=[requires("api-keys:write")],
    )
    async def revoke(self, principal: Caller, key_id: KeyId, auth: Services) -> None:
        """Revoke a key: at once here, within 30 seconds on other instances."""
        async with transaction(principal.organization_id, user_id=principal.user_id):
            await service.revoke_key(key_id=key_id, now=auth.now())
        auth.forget_key(key_id)
