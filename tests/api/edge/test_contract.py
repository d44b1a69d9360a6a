"""Every response to generated requests conforms to the OpenAPI document."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = (
    "register",
    "logIn",
    "refresh",
    "logOut",
    "showMe",
    "renameMe",
    "createApiKey",
    "listApiKeys",
    "revokeApiKey",
    "createOrganization",
    "listOrganizations",
    "showOrganization",
    "listMembers",
    "addMember",
    "changeRole",
    "removeMember",
    "ingestEvent",
    "ingestBatch",
    "listEvents",
    "showEvent",
    "listRollups",
    "orderReport",
    "showReport",
    "showLive",
    "showReady",
)

bounded = settings(
    max_examples=15,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest_asyncio.fixture(scope="session")
async def document(client):
    return (await client.get("/api/v1/openapi.json")).json()


@pytest.fixture(scope="session")
def operations(document):
    schema = schemathesis.openapi.from_dict(document)
    found: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]  # an error has no ok(), and fails here
    return {one.definition.raw["operationId"]: one for one in found}


def test_every_operation_is_tested(operations):
    assert set(operations) == set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
async def test_responses_conform_to_the_contract(client, register, operations, name):
    account, loop = await register(), asyncio.get_running_loop()

    async def send(case: Any) -> Any:
        request = case.as_transport_kwargs(base_url="http://holdfast.test")
        wanted = ("method", "url", "params", "json", "data", "headers")
        parts = {key: request[key] for key in wanted if request.get(key) is not None}
        content = parts.pop("data", None)
        parts["headers"] = {
            key: value.encode("latin-1", "replace")
            for key, value in parts.get("headers", {}).items()
        } | {key: value.encode() for key, value in account.headers.items()}
        return await client.request(**parts, content=content)

    @bounded
    @given(case=operations[name].as_strategy())
    def explore(case: Any) -> None:
        answer = asyncio.run_coroutine_threadsafe(send(case), loop).result(30)
        case.validate_response(answer, checks=CHECKS)

    await asyncio.to_thread(explore)


def test_the_contract_is_complete(document):
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["securitySchemes"]) == {"session", "apiKey"}
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["operationId"]
            assert operation["description"]
            assert operation["tags"]
            if operation["x-permission"] != "public":
                assert operation["security"]
                assert "401" in operation["responses"]


async def test_the_reference_loads_nothing_from_other_hosts(client):
    page = await client.get("/reference")
    script = await client.get("/reference/page.js")
    style = await client.get("/reference/page.css")

    assert [one.status_code for one in (page, script, style)] == [200, 200, 200]
    for one in (page, script, style):
        assert "http://" not in one.text
        assert "https://" not in one.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
