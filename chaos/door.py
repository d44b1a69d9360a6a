"""The platform's API as one organization sees it from outside."""

import asyncio
import itertools
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

_LANES = 8
_PREFIX = "/api/v1"


class Unanswered(Exception):
    """No whole answer came in time, so what the request did is unknown."""


class Refused(Exception):
    """The platform answered, but not with what an experiment needs to begin."""


class Door:
    """Several connection pools used in turn, so that every instance gets a share.

    Nothing is ever sent twice: one call is at most one request on the wire.
    """

    def __init__(self, url: str, *, patience_seconds: float = 5.0) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=4)
        self._lanes = [
            httpx.AsyncClient(
                base_url=url, limits=limits, timeout=patience_seconds, trust_env=False
            )
            for _ in range(_LANES)
        ]
        self._turns = itertools.cycle(self._lanes)
        self._patience_seconds = patience_seconds
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
        await asyncio.gather(*(lane.aclose() for lane in self._lanes))

    async def register(self, name: str) -> None:
        """Become a new organization; raises Refused or Unanswered."""
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
        if answer.status_code != httpx.codes.CREATED:
            raise Refused(f"registering answered {answer.status_code}: {answer.text}")
        self._credential = answer.json()["access_token"]
        self.organization = answer.json()["organization"]["id"]

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send once and wait no longer than patience in all; raises Unanswered."""
        content = None if body is None else msgspec.json.encode(body)
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await next(self._turns).request(
                    method,
                    _PREFIX + path,
                    content=content,
                    headers=self._headers(headers or {}, has_body=content is not None),
                )
        except TimeoutError as late:
            raise Unanswered(f"nothing within {self._patience_seconds:g} s") from late
        except httpx.HTTPError as broken:
            raise Unanswered(f"{type(broken).__name__}: {broken}") from broken

    async def fetch(self, path: str) -> Any:  # noqa: ANN401 - JSON is whatever it is
        """The decoded body of a GET; raises Refused unless it is a 200."""
        answer = await self.call("GET", path)
        if answer.status_code != httpx.codes.OK:
            raise Refused(f"GET {path} answered {answer.status_code}: {answer.text}")
        return answer.json()

    def _headers(self, extra: Mapping[str, str], *, has_body: bool) -> dict[str, str]:
        headers = dict(extra)
        if has_body:
            headers["Content-Type"] = "application/json"
        if self._credential:
            headers["Authorization"] = f"Bearer {self._credential}"
        return headers
