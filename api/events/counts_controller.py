"""The routes of counts: hourly roll-ups and reports."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from api.edge.answers import IdempotencyKey, created, once
from api.edge.permissions import requires
from api.events.answers import listed
from api.events.contract import operation
from api.events.pages import listing_of
from api.events.queries import (
    Cursor,
    KnownTags,
    Limit,
    ReadAfter,
    Since,
    Type,
    Until,
    read_moment,
    refuse_unknown,
)
from api.events.reads import read_freshness
from api.events.schemas import ReportRequest, ReportView
from api.events.service import reports, rollups
from api.events.service.rollups import Rollup, RollupQuery
from api.kernel.clock import Clock
from api.kernel.idempotency import Answer
from api.kernel.paging import Page
from api.kernel.positions import Mark
from api.kernel.principals import Principal
from api.kernel.transactions import reading, transaction

_encode = msgspec.json.Encoder().encode


class CountController(Controller):
    """What the events add up to."""

    path = "/events"
    tags = ("events",)

    @get(
        "/rollups",
        operation_id="listRollups",
        guards=[requires("events:read")],
        operation_class=operation(answers={200: ("Hourly counts.", Page[Rollup])}),
    )
    async def list_rollups(  # noqa: PLR0913 - the allow-list of filters
        self,
        *,
        request: Request[Any, Any, Any],
        principal: NamedDependency[SkipValidation[Principal]],
        clock: NamedDependency[SkipValidation[Clock]],
        type: Type = None,  # noqa: A002 - the parameter's name
        since: Since = None,
        until: Until = None,
        limit: Limit = 50,
        cursor: Cursor = None,
        read_after: ReadAfter = None,
        known_tags: KnownTags = None,
    ) -> Response[bytes]:
        """Count events per hour and type, oldest first; every stored event counts."""
        refuse_unknown(request, "type", "from", "to", "limit", "cursor")
        query = RollupQuery(
            organization=principal.organization,
            since=read_moment(since, field="from"),
            until=read_moment(until, field="to"),
            type=type,
            limit=limit,
            cursor=cursor,
        )
        wanted = read_freshness(read_after)
        async with reading(
            principal.organization, position=wanted.position, stale=wanted.stale
        ) as connection:
            page = await rollups.list_rollups(query, now=clock())
        return listed(
            listing_of(_encode(page), connection.source), known_tags=known_tags
        )

    @post(
        "/reports",
        operation_id="orderReport",
        guards=[requires("events:read")],
        operation_class=operation(
            body=ReportRequest, answers={202: ("A job builds it.", ReportView)}
        ),
    )
    async def order_report(
        self,
        *,
        request: Request[Any, Any, Any],
        data: JSONBody[ReportRequest],
        principal: NamedDependency[SkipValidation[Principal]],
        clock: NamedDependency[SkipValidation[Clock]],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[ReportView]:
        """Order a report on a stretch of time."""

        async def work() -> Answer:
            report = await reports.order_report(
                organization=principal.organization,
                since=data.since,
                until=data.until,
                now=clock(),
            )
            return created(ReportView.of(report), status=202)

        mark = Mark()
        async with transaction(principal.organization, user=principal.user, mark=mark):
            response = await once(
                request,
                ReportView,
                key=idempotency_key,
                organization=principal.organization,
                work=work,
            )
        if mark.position is not None:
            response.set_header("Holdfast-Position", mark.position)
        return response

    @get(
        "/reports/{report_id:uuid}",
        operation_id="showReport",
        guards=[requires("events:read")],
        operation_class=operation(answers={200: ("The report.", ReportView)}),
    )
    async def find_report(
        self,
        *,
        report_id: FromPath[UUID],
        principal: NamedDependency[SkipValidation[Principal]],
        read_after: ReadAfter = None,
        known_tags: KnownTags = None,
    ) -> Response[bytes]:
        """Show a report, built or not."""
        wanted = read_freshness(read_after)
        async with reading(
            principal.organization, position=wanted.position, stale=wanted.stale
        ) as connection:
            report = await reports.find_report(
                report_id, organization=principal.organization
            )
        body = _encode(ReportView.of(report))
        return listed(listing_of(body, connection.source), known_tags=known_tags)
