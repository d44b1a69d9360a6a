"""The owner runs an organization: its members and its API keys."""

from uuid import uuid4

from locust import task

from loadtests.dataset import Session
from loadtests.personas.persona import Persona
from loadtests.personas.views import (
    ApiKeyMade,
    ApiKeyPage,
    MemberPage,
    MemberView,
    OrganizationPage,
    OrganizationView,
    RegisteredView,
    TokenView,
)

_BOTH = 2
"""The owner and the invited member."""


class Owner(Persona):
    """Rare: changes memberships and keys, and removes them again."""

    weight = 1

    def on_start(self) -> None:
        self.session = self.begin()

    @task(3)
    def look_around(self) -> None:
        self.exchange("GET /api/v1/organizations", OrganizationPage, token=self.token)

    @task(1)
    def run_smoke(self) -> None:
        found = self.exchange(
            "POST /api/v1/organizations",
            OrganizationView,
            token=self.token,
            body={"name": "Load Works"},
            headers={"Idempotency-Key": uuid4().hex},
            expect=(201,),
        ).body
        self.look_around()
        if found is None:
            return
        self.enter(found.id)
        self.exchange(
            "GET /api/v1/organizations/{organization_id}",
            OrganizationView,
            token=self.token,
            ids={"organization_id": found.id},
            complaint=lambda one: "" if one.id == found.id else "another organization",
        )
        self.manage_members(found.id)
        self.manage_keys()

    def begin(self) -> Session:
        """Register a new user and return its session."""
        email = f"owner-{uuid4().hex}@load.example"
        self.email = email
        made = self.exchange(
            "POST /api/v1/auth/register",
            RegisteredView,
            body={"email": email, "password": uuid4().hex, "name": "Load Owner"},
            headers={"Idempotency-Key": uuid4().hex},
            expect=(201,),
        ).body
        if made is None:
            return Session("", "")
        return Session(made.access_token, made.refresh_token)

    @property
    def token(self) -> str:
        return self.session.access_token

    def enter(self, organization_id: str) -> None:
        """Refresh the tokens for `organization_id`."""
        tokens = self.exchange(
            "POST /api/v1/auth/refresh",
            TokenView,
            body={
                "refresh_token": self.session.refresh_token,
                "organization": organization_id,
            },
        ).body
        if tokens is not None:
            self.session = Session(tokens.access_token, tokens.refresh_token)

    def manage_members(self, organization_id: str) -> None:
        """Invite a member, change the role, list the members, remove the member."""
        place = {"organization_id": organization_id}
        members = "/api/v1/organizations/{organization_id}/members"
        invited = self.exchange(
            f"POST {members}",
            MemberView,
            token=self.token,
            body={"email": self.dataset.accounts[0].email, "role": "viewer"},
            headers={"Idempotency-Key": uuid4().hex},
            expect=(201,),
            ids=place,
        ).body
        if invited is None:
            return
        person = place | {"user_id": invited.user_id}
        self.exchange(
            f"PATCH {members}/{{user_id}}",
            MemberView,
            token=self.token,
            body={"role": "member"},
            complaint=lambda one: "" if one.role == "member" else "role stayed",
            ids=person,
        )
        self.exchange(
            f"GET {members}",
            MemberPage,
            token=self.token,
            complaint=lambda page: (
                "" if len(page.data) == _BOTH else f"{len(page.data)} members, not 2"
            ),
            ids=place,
        )
        self.exchange(
            f"DELETE {members}/{{user_id}}",
            type(None),
            token=self.token,
            expect=(204,),
            ids=person,
        )

    def manage_keys(self) -> None:
        """Create a key, list it, revoke it, and expect its refusal."""
        made = self.exchange(
            "POST /api/v1/api-keys",
            ApiKeyMade,
            token=self.token,
            body={"name": "load", "scopes": ["events:read"]},
            headers={"Idempotency-Key": uuid4().hex},
            expect=(201,),
        ).body
        if made is None:
            return
        self.exchange(
            "GET /api/v1/api-keys",
            ApiKeyPage,
            token=self.token,
            complaint=lambda page: (
                "" if made.id in {key.id for key in page.data} else "the key is hidden"
            ),
        )
        self.exchange(
            "DELETE /api/v1/api-keys/{key_id}",
            type(None),
            token=self.token,
            expect=(204,),
            ids={"key_id": made.id},
        )
        self.be_refused("GET /api/v1/events", made.key)
