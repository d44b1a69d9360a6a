"""A client of the platform's public API, acting as one organization."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import msgspec

from chaos.http_client import Answer, Broken, HttpClient

_PREFIX = "/api/v1"


class Unanswered(Exception):
    """No complete response came in time; the request's effect is unknown."""


class Refused(Exception):
    """The platform responded, but not with the data an experiment needs to begin."""


class ApiClient:
    """Sends requests with a credential. One call is at most one request on the wire."""

    def __init__(self, url: str, *, timeout_seconds: float = 5.0) -> None:
        self._http = HttpClient(url)
        self._patience_seconds = timeout_seconds
        self._credential = ""
        self.organization = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.close()

    async def register(self, name: str) -> None:
        """Register a new organization; raises Refused or Unanswered."""
        answer = await self.call(
            "POST",
            "/auth/register",
            body={
                "email": f"{name}@chaos.example",
                "password": f"correct horse battery {name}",
                "name": name,
                "organization": name,
            },
        )
        if answer.status != HTTPStatus.CREATED:
            raise Refused(f"registering answered {answer.status}: {answer.text}")
        self._credential = answer.json()["access_token"]
        self.organization = answer.json()["organization"]["id"]

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send once and wait at most the timeout in total; raises Unanswered."""
        content = b"" if body is None else msgspec.json.encode(body)
        complete = self._headers(headers or {})
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await self._http.send(method, _PREFIX + path, complete, content)
        except TimeoutError as late:
            raise Unanswered(f"nothing within {self._patience_seconds:g} s") from late
        except (Broken, OSError) as broken:
            raise Unanswered(f"{type(broken).__name__}: {broken}") from broken

    async def fetch(self, path: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return the decoded body of a GET; raises Refused unless the status is 200."""
        answer = await self.call("GET", path)
        if answer.status != HTTPStatus.OK:
            raise Refused(f"GET {path} answered {answer.status}: {answer.text}")
        return answer.json()

    def _headers(self, extra: Mapping[str, str]) -> dict[str, str]:
        headers = {"Content-Type": "application/json", **extra}
        if self._credential:
            headers["Authorization"] = f"Bearer {self._credential}"
        return headers
