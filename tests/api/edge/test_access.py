"""Every operation of the contract, called by every kind of caller.

The operations come from the OpenAPI document. A route without a row here fails, and so
does a route that declares no permission.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from litestar import Litestar, get

from api.edge.permissions import RouteUndeclared, check_declared, public, requires
from api.kernel.principals import PERMISSIONS, Role

NOW = datetime.now(UTC)
RANGE = {
    "from": (NOW - timedelta(hours=2)).isoformat(),
    "to": (NOW + timedelta(hours=1)).isoformat(),
}


def event() -> dict[str, str]:
    return {"client_id": str(uuid4()), "type": "a.b", "occurred_at": NOW.isoformat()}


ORGANIZATION = "/api/v1/organizations/{organization}"
ROWS: Mapping[str, tuple[str, str, Any]] = {
    "logOut": ("POST", "/api/v1/auth/logout", None),
    "showMe": ("GET", "/api/v1/me", None),
    "renameMe": ("PATCH", "/api/v1/me", {"name": "Ada"}),
    "createApiKey": (
        "POST",
        "/api/v1/api-keys",
        {"name": "k", "scopes": ["events:read"]},
    ),
    "listApiKeys": ("GET", "/api/v1/api-keys", None),
    "revokeApiKey": ("DELETE", "/api/v1/api-keys/{key}", None),
    "createOrganization": ("POST", "/api/v1/organizations", {"name": "New"}),
    "listOrganizations": ("GET", "/api/v1/organizations", None),
    "showOrganization": ("GET", ORGANIZATION, None),
    "listMembers": ("GET", f"{ORGANIZATION}/members", None),
    "addMember": ("POST", f"{ORGANIZATION}/members", {"role": "viewer"}),
    "changeRole": ("PATCH", f"{ORGANIZATION}/members/{{viewer}}", {"role": "viewer"}),
    "removeMember": ("DELETE", f"{ORGANIZATION}/members/{{viewer}}", None),
    "ingestEvent": ("POST", "/api/v1/events", event()),
    "ingestBatch": ("POST", "/api/v1/events/batch", {"events": [event()]}),
    "listEvents": ("GET", "/api/v1/events", None),
    "showEvent": ("GET", "/api/v1/events/{event}", None),
    "listRollups": ("GET", "/api/v1/events/rollups", None),
    "orderReport": ("POST", "/api/v1/events/reports", RANGE),
    "showReport": ("GET", "/api/v1/events/reports/{report}", None),
}


class Stage:
    """An organization with owner, viewer and objects, and a user of another one."""

    def __init__(self, client, owner, viewer, stranger):
        self.client = client
        self.owner, self.viewer, self.stranger = owner, viewer, stranger
        self.ids = {"organization": owner.organization, "viewer": viewer.user}
        self.callers = {
            "anonymous": {},
            "owner": owner.headers,
            "stranger": stranger.headers,
        }

    async def furnish(self):
        members = f"/api/v1/organizations/{self.owner.organization}/members"
        await self.as_owner(members, {"email": self.viewer.email, "role": "viewer"})
        moved = await self.client.post(
            "/api/v1/auth/refresh",
            json={
                "refresh_token": self.viewer.refresh_token,
                "organization": self.owner.organization,
            },
        )
        token = moved.json()["access_token"]
        self.callers["viewer"] = {"Authorization": f"Bearer {token}"}
        key = {"name": "k", "scopes": ["events:read"]}
        self.ids["key"] = await self.as_owner("/api/v1/api-keys", key)
        self.ids["event"] = await self.as_owner("/api/v1/events", event())
        self.ids["report"] = await self.as_owner("/api/v1/events/reports", RANGE)

    async def as_owner(self, path, body):
        answer = await self.client.post(path, headers=self.owner.headers, json=body)
        assert answer.is_success, answer.text
        return answer.json().get("id")

    async def call(self, operation, caller):
        method, path, body = ROWS[operation]
        if operation == "addMember":
            body = body | {"email": self.stranger.email}
        answer = await self.client.request(
            method,
            path.format(**self.ids),
            headers=self.callers[caller],
            json=body,
        )
        return answer.status_code


@pytest_asyncio.fixture
async def stage(client, register):
    people = await asyncio.gather(*(register() for _ in range(3)))
    made = Stage(client, *people)
    await made.furnish()
    return made


@pytest_asyncio.fixture
async def permissions(client):
    """Permission of each operation of the contract; None for a public one."""
    document = (await client.get("/api/v1/openapi.json")).json()
    return {
        operation["operationId"]: operation["x-permission"]
        for operations in document["paths"].values()
        for operation in operations.values()
    }


async def test_every_operation_that_is_not_public_has_a_row(permissions):
    guarded = {name for name, needs in permissions.items() if needs != "public"}
    assert guarded == set(ROWS)


async def test_exactly_these_operations_are_public(permissions):
    open_to_all = {name for name, needs in permissions.items() if needs == "public"}
    assert open_to_all == {"register", "logIn", "refresh", "showLive", "showReady"}


@pytest.mark.parametrize("operation", sorted(ROWS))
async def test_only_callers_with_the_permission_are_accepted(
    stage, permissions, operation
):
    viewer_may = permissions[operation] in PERMISSIONS[Role.viewer]

    assert await stage.call(operation, "anonymous") == 401
    seen = await stage.call(operation, "viewer")
    assert (200 <= seen < 300) if viewer_may else seen == 403
    assert 200 <= await stage.call(operation, "owner") < 300


@pytest.mark.parametrize(
    "operation", sorted(name for name, row in ROWS.items() if "{" in row[1])
)
async def test_ids_of_another_organization_do_not_exist(stage, operation):
    assert await stage.call(operation, "stranger") == 404
    assert 200 <= await stage.call(operation, "owner") < 300


async def test_a_route_without_a_permission_fails_the_start():
    @get("/open", sync_to_thread=False)
    def forgotten() -> None: ...

    with pytest.raises(RouteUndeclared, match="forgotten"):
        check_declared(Litestar([forgotten], openapi_config=None))


async def test_a_route_with_a_permission_is_accepted():
    @get("/open", guards=[public()], sync_to_thread=False)
    def declared() -> None: ...

    check_declared(Litestar([declared], openapi_config=None))


def test_a_permission_of_no_role_is_refused():
    with pytest.raises(ValueError, match="evnts:read"):
        requires("evnts:read")
