"""The routes of counts: hourly roll-ups and reports."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation
from litestar.types import ASGIApp, Scope

from api.edge.permissions import requires
from api.edge.responses import IdempotencyKey, created, respond_once
from api.events.freshness import read_freshness
from api.events.list_cache import encoded_page
from api.events.openapi import operation
from api.events.query_parameters import (
    CountsQuery,
    ReadHeaders,
    read_headers,
    read_query,
)
from api.events.responses import list_response
from api.events.schemas import ReportRequest, ReportView
from api.events.service import reports, rollups
from api.events.service.rollups import Rollup, RollupQuery
from api.kernel.clock import Clock
from api.kernel.idempotency import StoredResponse
from api.kernel.lsn import CommitLsn
from api.kernel.paging import Page
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
        operation_class=operation(
            query=CountsQuery,
            headers=ReadHeaders,
            answers={
                200: ("Hourly counts.", Page[Rollup]),
                304: ("The page is the one that the caller has.", None),
            },
        ),
    )
    async def list_rollups(
        self,
        *,
        scope: Scope,
        principal: NamedDependency[SkipValidation[Principal]],
        clock: NamedDependency[SkipValidation[Clock]],
    ) -> ASGIApp:
        """Count events per hour and type, oldest first; every stored event counts."""
        asked, headers = read_query(scope, CountsQuery), read_headers(scope)
        query = RollupQuery(
            organization=principal.organization_id,
            since=asked.since,
            until=asked.until,
            type=asked.type,
            limit=asked.limit,
            cursor=asked.cursor,
        )
        wanted = read_freshness(headers.read_after)
        async with reading(
            principal.organization_id, min_lsn=wanted.position, stale=wanted.stale
        ) as connection:
            page = await rollups.list_rollups(query, now=clock())
        return list_response(
            encoded_page(_encode(page), connection.source),
            known_tags=headers.known_tags,
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

        async def work() -> StoredResponse:
            report = await reports.order_report(
                organization=principal.organization_id,
                since=data.since,
                until=data.until,
                now=clock(),
            )
            return created(ReportView.of(report), status=202)

        commit_lsn = CommitLsn()
        async with transaction(
            principal.organization_id, user_id=principal.user_id, commit_lsn=commit_lsn
        ):
            response = await respond_once(
                request,
                ReportView,
                key=idempotency_key,
                organization_id=principal.organization_id,
                work=work,
            )
        if commit_lsn.lsn is not None:
            response.set_header("Holdfast-Position", commit_lsn.lsn)
        return response

    @get(
        "/reports/{report_id:uuid}",
        operation_id="showReport",
        guards=[requires("events:read")],
        operation_class=operation(
            headers=ReadHeaders,
            answers={
                200: ("The report.", ReportView),
                304: ("The report is the one that the caller has.", None),
            },
        ),
    )
    async def find_report(
        self,
        *,
        report_id: FromPath[UUID],
        scope: Scope,
        principal: NamedDependency[SkipValidation[Principal]],
    ) -> ASGIApp:
        """Show a report, built or not."""
        headers = read_headers(scope)
        wanted = read_freshness(headers.read_after)
        async with reading(
            principal.organization_id, min_lsn=wanted.position, stale=wanted.stale
        ) as connection:
            report = await reports.find_report(
                report_id, organization=principal.organization_id
            )
        body = _encode(ReportView.of(report))
        return list_response(
            encoded_page(body, connection.source), known_tags=headers.known_tags
        )
