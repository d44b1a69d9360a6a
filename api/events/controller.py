"""The events routes: decode, call the service, encode."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody, SkipValidation
from litestar.types import ASGIApp, Scope

from api.edge.fast_routes import FAST_ROUTE
from api.edge.permissions import requires
from api.edge.responses import IdempotencyKey, created
from api.events import encoded_reads, writes
from api.events.decoding import decode_batch
from api.events.freshness import read_freshness
from api.events.idempotent_ingest import ingest_once
from api.events.openapi import operation
from api.events.query_parameters import ListQuery, ReadHeaders, read_headers, read_query
from api.events.responses import batch_view, list_response
from api.events.schemas import (
    BatchRequest,
    BatchView,
    EventRequest,
    IngestedView,
)
from api.events.service import ingestion
from api.events.service.listing import Event, EventQuery
from api.events.validation import read_event
from api.kernel.clock import Clock
from api.kernel.idempotency import StoredResponse
from api.kernel.paging import Page
from api.kernel.principals import Principal

_STATUS = {"accepted": 201, "duplicate": 200}


class EventController(Controller):
    """Events in, one by one or in batches, and out again."""

    path = "/events"
    tags = ("events",)

    @post(
        "/",
        operation_id="ingestEvent",
        guards=[requires("events:write")],
        opt=FAST_ROUTE,
        operation_class=operation(
            body=EventRequest,
            answers={
                201: ("Stored for good.", IngestedView),
                200: ("It was stored before.", IngestedView),
            },
        ),
    )
    async def ingest(
        self,
        *,
        scope: Scope,
        body: RawBody,
        principal: NamedDependency[SkipValidation[Principal]],
        clock: NamedDependency[SkipValidation[Clock]],
        idempotency_key: IdempotencyKey = None,
    ) -> ASGIApp:
        """Store one event; sending it again with the same client_id is harmless."""

        async def work() -> StoredResponse:
            event = read_event(
                body, organization=principal.organization_id, now=clock()
            )
            stored = await ingestion.ingest_event(event, writer=writes.event_writer)
            view = IngestedView(stored.id, stored.client_id, stored.status)
            return _answer(view, status=_STATUS[view.status], position=stored.position)

        return await ingest_once(
            scope,
            body,
            key=idempotency_key,
            organization=principal.organization_id,
            work=work,
        )

    @post(
        "/batch",
        operation_id="ingestBatch",
        guards=[requires("events:write")],
        opt=FAST_ROUTE,
        operation_class=operation(
            body=BatchRequest, answers={200: ("What became of each.", BatchView)}
        ),
    )
    async def ingest_batch(
        self,
        *,
        scope: Scope,
        body: RawBody,
        principal: NamedDependency[SkipValidation[Principal]],
        clock: NamedDependency[SkipValidation[Clock]],
        idempotency_key: IdempotencyKey = None,
    ) -> ASGIApp:
        """Store up to a thousand events; a bad one never sinks the others."""

        async def work() -> StoredResponse:
            bodies, now = decode_batch(body), clock()
            events = [
                read_event(one, organization=principal.organization_id, now=now)
                for one in bodies
            ]
            batch = await ingestion.ingest_batch(events, writer=writes.event_writer)
            view = batch_view(bodies, events, batch)
            return _answer(view, status=200, position=batch.position)

        return await ingest_once(
            scope,
            body,
            key=idempotency_key,
            organization=principal.organization_id,
            work=work,
        )

    @get(
        "/",
        operation_id="listEvents",
        guards=[requires("events:read")],
        opt=FAST_ROUTE,
        operation_class=operation(
            query=ListQuery,
            headers=ReadHeaders,
            answers={
                200: ("A page, newest first unless sorted.", Page[Event]),
                304: ("The page is the one that the caller has.", None),
            },
        ),
    )
    async def list_page(
        self,
        *,
        scope: Scope,
        principal: NamedDependency[SkipValidation[Principal]],
        clock: NamedDependency[SkipValidation[Clock]],
    ) -> ASGIApp:
        """List events of the last 30 days, or of the stretch that is asked for."""
        asked, headers = read_query(scope, ListQuery), read_headers(scope)
        query = EventQuery(
            organization=principal.organization_id,
            type=asked.type,
            tool=asked.tool,
            actor=asked.actor,
            since=asked.since,
            until=asked.until,
            sort=asked.sort,
            limit=asked.limit,
            cursor=asked.cursor,
        )
        page = await encoded_reads.read_page(
            query, freshness=read_freshness(headers.read_after), now=clock()
        )
        return list_response(page, known_tags=headers.known_tags)

    @get(
        "/{event_id:uuid}",
        operation_id="showEvent",
        guards=[requires("events:read")],
        opt=FAST_ROUTE,
        operation_class=operation(
            headers=ReadHeaders,
            answers={
                200: ("The event.", Event),
                304: ("The event is the one that the caller has.", None),
            },
        ),
    )
    async def find(
        self,
        *,
        event_id: FromPath[UUID],
        scope: Scope,
        principal: NamedDependency[SkipValidation[Principal]],
    ) -> ASGIApp:
        """Show one event."""
        headers = read_headers(scope)
        found = await encoded_reads.read_event(
            event_id,
            organization=principal.organization_id,
            freshness=read_freshness(headers.read_after),
        )
        return list_response(found, known_tags=headers.known_tags)


def _answer(
    view: IngestedView | BatchView, *, status: int, position: str | None
) -> StoredResponse:
    if position is None:
        return created(view, status=status)
    return created(view, status=status, Holdfast_Position=position)
