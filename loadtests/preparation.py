"""Creates the test data through the API, before the measurement starts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from loadtests.dataset import Account, Dataset, Session, Tenant
from loadtests.sampling import sample_event

_TENANTS = 4
_ACCOUNTS = 10
_SESSIONS_EACH = 4
_SEED_BATCH = 500
_SEEDED_OVER = timedelta(days=20)
_TIMEOUT_SECONDS = 30


class PreparationFailed(Exception):
    """The API refused a request of the preparation; the message names the request."""


def prepare(host: str, *, events_each: int = 2000) -> Dataset:
    """Register organizations, create keys, seed events, log all accounts in.

    Raises PreparationFailed, also when nothing listens at `host`.
    """
    with httpx.Client(base_url=host, timeout=_TIMEOUT_SECONDS) as client:
        tenants = tuple(make_tenant(client, events_each) for _ in range(_TENANTS))
        accounts = tuple(make_account(client)[0] for _ in range(_ACCOUNTS))
        sessions = tuple(
            log_in(client, account)
            for account in accounts
            for _ in range(_SESSIONS_EACH)
        )
    return Dataset(accounts, sessions, tenants)


def make_account(client: httpx.Client) -> tuple[Account, dict[str, Any]]:
    """Register a user; return the account and the API's response."""
    account = Account(f"load-{uuid4().hex}@load.example", uuid4().hex)
    answer = ask(
        client,
        "/auth/register",
        {
            "email": account.email,
            "password": account.password,
            "name": "Load",
            "organization": "Load",
        },
    )
    return account, answer


def log_in(client: httpx.Client, account: Account) -> Session:
    body = {"email": account.email, "password": account.password}
    answer = ask(client, "/auth/login", body)
    return Session(answer["access_token"], answer["refresh_token"])


def make_tenant(client: httpx.Client, events_each: int) -> Tenant:
    """Create an organization with a writing key, a reading key and past events."""
    _, registered = make_account(client)
    token = registered["access_token"]
    writing = make_key(client, token, ["events:read", "events:write"])
    reading = make_key(client, token, ["events:read"])
    event_ids: list[str] = []
    for _ in range(0, events_each, _SEED_BATCH):
        event_ids += seed(client, writing)
    return Tenant(registered["organization"]["id"], writing, reading, tuple(event_ids))


def make_key(client: httpx.Client, token: str, scopes: list[str]) -> str:
    body = {"name": "load", "scopes": scopes}
    return str(ask(client, "/api-keys", body, token=token)["key"])


def seed(client: httpx.Client, key: str) -> list[str]:
    """Ingest one batch of past events; return their ids."""
    now = datetime.now(UTC)
    events = [sample_event(now, spread=_SEEDED_OVER) for _ in range(_SEED_BATCH)]
    seen = ask(client, "/events/batch", {"events": events}, token=key)
    return [result["id"] for result in seen["results"] if result.get("id")]


def ask(
    client: httpx.Client, path: str, body: dict[str, Any], *, token: str = ""
) -> dict[str, Any]:
    """POST and return the decoded response; raises PreparationFailed unless 2xx."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = client.post(f"/api/v1{path}", json=body, headers=headers)
    except httpx.HTTPError as failure:
        raise PreparationFailed(f"POST {client.base_url}{path}: {failure}") from failure
    if not answer.is_success:
        raise PreparationFailed(
            f"POST {path} answered {answer.status_code}: {answer.text[:300]}"
        )
    read: dict[str, Any] = answer.json()
    return read
