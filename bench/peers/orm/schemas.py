"""Request and response bodies as Pydantic models with the same limits as ours."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Label = Annotated[str, Field(min_length=1, max_length=128)]


class EventRequest(BaseModel):
    """An event to store."""

    model_config = ConfigDict(extra="forbid")

    client_id: Annotated[str, Field(min_length=1, max_length=128)]
    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]
    occurred_at: AwareDatetime
    tool: Label | None = None
    actor: Label | None = None
    properties: dict[str, Any] = {}


class BatchRequest(BaseModel):
    """Up to a thousand events."""

    model_config = ConfigDict(extra="forbid")

    events: Annotated[list[EventRequest], Field(min_length=1, max_length=1000)]


class EventView(BaseModel):
    """A stored event."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    client_id: str
    type: str
    tool: str | None
    actor: str | None
    occurred_at: AwareDatetime
    received_at: AwareDatetime
    properties: dict[str, Any]


class Page(BaseModel):
    """One page of the list."""

    data: list[EventView]
    next_cursor: str | None


class IngestedView(BaseModel):
    """The result for one event."""

    id: UUID
    client_id: str
    status: Literal["accepted", "duplicate"]


class ItemResult(IngestedView):
    """The result for one event of a batch."""

    index: int


class BatchView(BaseModel):
    """The result of a batch."""

    accepted: int
    duplicate: int
    rejected: int
    results: list[ItemResult]


class LoginRequest(BaseModel):
    """The credentials of a log in."""

    model_config = ConfigDict(extra="forbid")

    email: str
    password: str


class TokensView(BaseModel):
    """An access token, and a refresh token for the next one."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, no secret
    expires_in: int
