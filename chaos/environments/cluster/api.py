"""The Kubernetes API through `kubectl proxy`, which handles any kubeconfig."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from chaos.environments.cluster.child import Child

_TIMEOUT_SECONDS = 5.0
_SERVES = re.compile(r"Starting to serve on 127\.0\.0\.1:(\d+)")
_PATCHES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
}
_NOW = {"gracePeriodSeconds": 0}

PatchKind = Literal["merge", "json"]


class ApiRefused(Exception):
    """The API responded with an error; the message is the API's own."""


class KubernetesApi:
    """JSON client of the API. Paths are those of the API, like `/api/v1/nodes`."""

    def __init__(self, kubectl: Sequence[str]) -> None:
        self._kubectl = tuple(kubectl)
        self._proxy: Child | None = None
        self._client = httpx.AsyncClient()

    async def __aenter__(self) -> Self:
        command = (*self._kubectl, "proxy", "--port=0", "--address=127.0.0.1")
        self._proxy = await Child.start(command, _SERVES)
        self.use(f"http://127.0.0.1:{self._proxy.port}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()
        if self._proxy is not None:
            await self._proxy.stop()

    def use(self, url: str) -> None:
        """Send requests to `url`, a proxy that authenticates them."""
        self._client = httpx.AsyncClient(
            base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False
        )

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return an object or a list; raises ApiRefused or httpx.HTTPError."""
        return _read(await self._client.get(path, params=query))

    async def find(self, path: str) -> dict[str, Any] | None:
        """Return an object, None when there is none."""
        answer = await self._client.get(path)
        return None if answer.status_code == HTTPStatus.NOT_FOUND else _read(answer)

    async def list(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Return the items of a list; empty when the cluster does not know the kind."""
        answer = await self._client.get(path, params=query)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return []
        items: list[dict[str, Any]] = _read(answer)["items"]
        return items

    async def create(self, path: str, body: Mapping[str, Any]) -> None:
        _read(await self._client.post(path, json=body))

    async def patch(self, path: str, body: object, *, kind: PatchKind) -> None:
        headers = {"Content-Type": _PATCHES[kind]}
        _read(await self._client.patch(path, json=body, headers=headers))

    async def delete(self, path: str, *, uid: str | None = None) -> None:
        """Delete at once, without grace; skip objects already gone or replaced."""
        options = _NOW | ({"preconditions": {"uid": uid}} if uid else {})
        answer = await self._client.request("DELETE", path, json=options)
        if answer.status_code not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
            _read(answer)

    def scale(self, path: str, replicas: int) -> None:
        """Set the number of replicas, and wait for the response as undoing requires."""
        with httpx.Client(
            base_url=self._client.base_url, timeout=_TIMEOUT_SECONDS, trust_env=False
        ) as client:
            headers = {"Content-Type": _PATCHES["merge"]}
            body = {"spec": {"replicas": replicas}}
            _read(client.patch(path, json=body, headers=headers))


def _read(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    if answer.is_error:
        raise ApiRefused(str(body.get("message", answer.text)))
    return body
