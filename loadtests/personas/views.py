"""The fields of responses that personas read; other fields are ignored."""

from datetime import datetime

from msgspec import Struct


class UserView(Struct):
    id: str
    email: str
    name: str


class MeView(Struct):
    user: UserView
    organization_id: str


class OrganizationView(Struct):
    id: str
    name: str


class OrganizationPage(Struct):
    data: list[OrganizationView]


class TokenView(Struct):
    access_token: str
    refresh_token: str
    expires_in: int


class RegisteredView(TokenView):
    user: UserView
    organization: OrganizationView


class MemberView(Struct):
    user_id: str
    role: str


class MemberPage(Struct):
    data: list[MemberView]


class ApiKeyView(Struct):
    id: str
    name: str
    scopes: list[str]


class ApiKeyMade(ApiKeyView):
    key: str


class ApiKeyPage(Struct):
    data: list[ApiKeyView]


class EventView(Struct):
    id: str
    client_id: str
    type: str
    occurred_at: datetime


class EventPage(Struct):
    data: list[EventView]
    next_cursor: str | None


class RecordedView(Struct):
    id: str
    client_id: str
    status: str


class BatchView(Struct):
    accepted: int
    duplicate: int
    rejected: int


class ReportView(Struct):
    id: str
    state: str
    builds: int


class DetailView(Struct):
    field: str = ""
    message: str = ""


class FailureView(Struct):
    code: str
    details: list[DetailView] = []


class ErrorView(Struct):
    error: FailureView
