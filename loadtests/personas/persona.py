"""The base class of the personas: one HTTP exchange and the check of its response."""

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

import gevent
import msgspec
from gevent.local import local
from locust import FastHttpUser, between
from locust.contrib.fasthttp import FastResponse
from msgspec import Struct

from loadtests.dataset import Dataset
from loadtests.personas.views import ErrorView

T = TypeVar("T")


TRUSTED_SECONDS = 30.0
"""How long another instance may trust a revoked token (`credential_cache.py`)."""
_LOOK_AGAIN_SECONDS = 1.0
INTENT = local()
"""The action of this greenlet: `at` is its intended start, `route` its request."""


class Reply(Struct, Generic[T]):
    """A response; `body` is None if the response was not the expected one."""

    status: int
    headers: Mapping[str, str]
    body: T | None


def accept(_body: object) -> str:
    """Return no complaint: the decoded type is the only expectation."""
    return ""


def describe(answer: FastResponse, expect: tuple[int, ...]) -> str:
    """Return why a response was unexpected, short enough that equal causes group."""
    wanted = " or ".join(map(str, expect))
    if not answer.status_code:
        cause = getattr(answer, "error", None)
        return f"wanted {wanted}, got no answer: {cause!r}"
    try:
        said = msgspec.json.decode(answer.content or b"", type=ErrorView).error
    except msgspec.MsgspecError:
        return f"wanted {wanted}, got {answer.status_code}"
    fields = ", ".join(f"{one.field}: {one.message}" for one in said.details)
    return f"wanted {wanted}, got {answer.status_code} {said.code} {fields}".rstrip()


class Persona(FastHttpUser):
    """A kind of user; one action is one request, so an arrival is one request.

    The engine sets `Persona.dataset` before any user starts; without the engine the
    locustfile does.
    """

    abstract = True
    wait_time = between(0.5, 2)
    concurrency = 1000
    connection_timeout = 10.0
    network_timeout = 10.0
    dataset: ClassVar[Dataset]

    def context(self) -> dict[str, Any]:
        return {"intended": getattr(INTENT, "at", None)}

    def run_smoke(self) -> None:
        """Call every route of this persona once, in a meaningful order."""
        raise NotImplementedError

    def be_refused(self, route: str, token: str) -> None:
        """Repeat `route` until the revoked `token` is refused; fail after a time limit.

        Requests are balanced over instances, so the request after a revocation may
        reach an instance whose cache still holds the token.
        """
        until = time.monotonic() + TRUSTED_SECONDS
        while time.monotonic() < until:
            reply = self.exchange(route, dict, token=token, expect=(200, 401))
            if reply.status != 200:  # noqa: PLR2004 - HTTP's own number
                return
            gevent.sleep(_LOOK_AGAIN_SECONDS)
        self.exchange(route, dict, token=token, expect=(401,))

    def exchange(  # noqa: PLR0913 - one keyword for each part of an HTTP exchange
        self,
        route: str,
        reads: type[T],
        *,
        token: str = "",
        body: object = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: tuple[int, ...] = (200,),
        complaint: Callable[[T], str] = accept,
        ids: Mapping[str, str] | None = None,
    ) -> Reply[T]:
        """Send `route` ("GET /api/v1/me") and decode the response as `reads`.

        A status outside `expect`, a body of another shape, or a complaint makes the
        request a failure; nothing is raised.
        """
        INTENT.route = route
        method, template = route.split(" ", 1)
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        sent |= headers or {}
        payload = None
        if body is not None:
            payload = msgspec.json.encode(body).decode()
            sent["Content-Type"] = "application/json"
        with self.client.request(
            method,
            template.format(**(ids or {})),
            name=template,
            data=payload,
            params=dict(query) if query else None,
            headers=sent,
            catch_response=True,
        ) as answer:
            reply = Reply[T](answer.status_code, answer.headers or {}, None)
            if answer.status_code not in expect:
                answer.failure(describe(answer, expect))
                return reply
            if answer.status_code in {204, 304}:
                answer.success()
                return reply
            try:
                read = msgspec.json.decode(answer.content or b"", type=reads)
            except msgspec.MsgspecError as defect:
                answer.failure(f"unreadable body: {defect}")
                return reply
            if said_wrong := complaint(read):
                answer.failure(said_wrong)
                return reply
            answer.success()
            reply.body = read
            return reply
