"""Every failure has the same error format, which names the field."""

import msgspec
import pytest

from api.kernel.errors import Failure, Missing, Unauthenticated, Unavailable
from api.problems import Problem, error_response, status_of

REGISTER = "/api/v1/auth/register"
GOOD = {"email": "a@example.com", "password": "12345678", "name": "Ada"}


async def refused(client, *, status, code, **request):
    request.setdefault("method", "POST")
    request.setdefault("url", REGISTER)
    answer = await client.request(**request)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    problem = msgspec.json.decode(answer.content, type=Problem, strict=True).error
    assert problem.code == code
    assert problem.request_id == answer.headers["x-request-id"]
    return [detail.field for detail in problem.details]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (GOOD | {"admin": True}, "admin"),
        (GOOD | {"password": 12345678}, "password"),
        (GOOD | {"password": "short"}, "password"),
        (GOOD | {"email": "nobody"}, "email"),
        (GOOD | {"email": "a@example.com\n"}, "email"),
        (GOOD | {"email": "İ@example.com"}, "email"),
        (GOOD | {"name": "a\x00b"}, "name"),
        (GOOD | {"name": None}, "name"),
        ({"email": "a@example.com", "name": "Ada"}, "password"),
        ([], "body"),
        ("text", "body"),
    ],
)
async def test_bad_input_is_refused_and_the_field_is_named(client, body, field):
    assert await refused(client, json=body, status=400, code="invalid") == [field]


@pytest.mark.parametrize("content", [b"", b"{", b'{"email":', b"\xff\xfe", b"nul"])
async def test_a_body_that_is_not_json_is_refused(client, content):
    fields = await refused(client, content=content, status=400, code="invalid")
    assert fields == ["body"]


async def test_an_unknown_path_is_404(client):
    url = "/api/v1/nothing/here"
    assert await refused(client, url=url, status=404, code="not_found") == []


async def test_an_unsupported_method_is_405(client):
    fields = await refused(
        client, method="PUT", url="/api/v1/me", status=405, code="method_not_allowed"
    )
    assert fields == []
    allowed = (await client.put("/api/v1/me")).headers["allow"]
    assert set(allowed.split(", ")) == {"GET", "OPTIONS", "PATCH"}


async def test_a_declared_length_over_the_limit_is_refused(client):
    content = b" " * (1024 * 1024 + 1)
    await refused(client, content=content, status=413, code="body_too_large")


async def test_bytes_over_the_limit_are_refused_despite_the_header(client):
    async def drip():
        for _ in range(1025):
            yield b" " * 1024

    await refused(client, content=drip(), status=413, code="body_too_large")


async def test_a_malformed_id_is_not_found(client, account):
    answer = await client.get(
        "/api/v1/organizations/not-an-id", headers=account.headers
    )
    assert answer.status_code == 404


def test_an_unexpected_error_reveals_no_internals():
    refusal = error_response(RuntimeError("canary-of-the-inside"))

    assert refusal.status == 500
    assert b"canary-of-the-inside" not in refusal.body


def test_every_kind_of_failure_has_a_status():
    assert status_of(Missing) == 404
    assert status_of(Unauthenticated) == 401
    assert status_of(Failure) == 500


def test_a_transient_failure_has_retry_after():
    refusal = error_response(Unavailable("away", retry_after_seconds=3))

    assert refusal.status == 503
    assert refusal.headers["Retry-After"] == "3"
