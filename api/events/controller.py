"""The events routes: decode, call the service, encode."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody, SkipValidation

from api.edge.answers import IdempotencyKey, created
from api.edge.permissions import requires
from api.events.answers import listed
from api.events.contract import operation
from api.events.keyed import answer_ingestion
from api.events.queries import (
    Actor,
    Cursor,
    KnownTags,
    Limit,
    ReadAfter,
    Since,
    SortBy,
    Tool,
    Type,
    Until,
    read_moment,
    refuse_unknown,
)
from api.events.reads import read_freshness
from api.events.schemas import (
    BatchRequest,
    BatchView,
    EventRequest,
    EventView,
    IngestedView,
)
from api.events.service import ingestion, listing
from api.events.service.listing import EventQuery
from api.kernel.clock import Clock
from api.kernel.idempotency import Answer
from api.kernel.paging import Page
from api.kernel.principals import Principal

_STATUS = {"accepted": 201, "duplicate": 200}
_FILTERS = ("type", "tool", "actor", "from", "to", "sort", "limit", "cursor")


class EventController(Controller):
    """Events in, one by one or in batches, and out again."""

    path = "/events"
    tags = ("events",)

    @post(
        "/",
        operation_id="ingestEvent",
        guards=[requires("events:write")],
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
        request: Request[Any, Any, Any],
        body: RawBody,
        principal: NamedDependency[SkipValidation[Principal]],
        clock: NamedDependency[SkipValidation[Clock]],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[IngestedView]:
        """Store one event; sending it again with the same client_id is harmless."""

        async def work() -> Answer:
            view, position = await ingestion.ingest_event(
                body, organization=principal.organization, now=clock()
            )
            return _answer(view, status=_STATUS[view.status], position=position)

        return await answer_ingestion(
            request,
            IngestedView,
            key=idempotency_key,
            organization=principal.organization,
            work=work,
        )

    @post(
        "/batch",
        operation_id="ingestBatch",
        guards=[requires("events:write")],
        operation_class=operation(
            body=BatchRequest, answers={200: ("What became of each.", BatchView)}
        ),
    )
    async def ingest_batch(
        self,
        *,
        request: Request[Any, Any, Any],
        body: RawBody,
        principal: NamedDependency[SkipValidation[Principal]],
        clock: NamedDependency[SkipValidation[Clock]],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[BatchView]:
        """Store up to a thousand events; a bad one never sinks the others."""

        async def work() -> Answer:
            view, position = await ingestion.ingest_batch(
                body, organization=principal.organization, now=clock()
            )
            return _answer(view, status=200, position=position)

        return await answer_ingestion(
            request,
            BatchView,
            key=idempotency_key,
            organization=principal.organization,
            work=work,
        )

    @get(
        "/",
        operation_id="listEvents",
        guards=[requires("events:read")],
        operation_class=operation(
            answers={
                200: ("A page, newest first unless sorted.", Page[EventView]),
                304: ("The page is the one that the caller has.", None),
            }
        ),
    )
    async def list_page(  # noqa: PLR0913 - the allow-list of filters
        self,
        *,
        request: Request[Any, Any, Any],
        principal: NamedDependency[SkipValidation[Principal]],
        clock: NamedDependency[SkipValidation[Clock]],
        type: Type = None,  # noqa: A002 - the parameter's name
        tool: Tool = None,
        actor: Actor = None,
        since: Since = None,
        until: Until = None,
        sort: SortBy = "-occurred_at",
        limit: Limit = 50,
        cursor: Cursor = None,
        read_after: ReadAfter = None,
        known_tags: KnownTags = None,
    ) -> Response[bytes]:
        """List events of the last 30 days, or of the stretch that is asked for."""
        refuse_unknown(request, *_FILTERS)
        query = EventQuery(
            organization=principal.organization,
            type=type,
            tool=tool,
            actor=actor,
            since=read_moment(since, field="from"),
            until=read_moment(until, field="to"),
            sort=sort,
            limit=limit,
            cursor=cursor,
        )
        page = await listing.list_events(
            query, freshness=read_freshness(read_after), now=clock()
        )
        return listed(page, known_tags=known_tags)

    @get(
        "/{event_id:uuid}",
        operation_id="showEvent",
        guards=[requires("events:read")],
        operation_class=operation(
            answers={
                200: ("The event.", EventView),
                304: ("The event is the one that the caller has.", None),
            }
        ),
    )
    async def find(
        self,
        *,
        event_id: FromPath[UUID],
        principal: NamedDependency[SkipValidation[Principal]],
        read_after: ReadAfter = None,
        known_tags: KnownTags = None,
    ) -> Response[bytes]:
        """Show one event."""
        found = await listing.find_event(
            event_id,
            organization=principal.organization,
            freshness=read_freshness(read_after),
        )
        return listed(found, known_tags=known_tags)


def _answer(
    view: IngestedView | BatchView, *, status: int, position: str | None
) -> Answer:
    if position is None:
        return created(view, status=status)
    return created(view, status=status, Holdfast_Position=position)
