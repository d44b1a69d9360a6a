"""The peer's routes; `uvicorn bench.peers.orm.main:app` serves them."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, FastAPI, HTTPException, Query
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from bench.peers.orm import access
from bench.peers.orm.access import CallerOf
from bench.peers.orm.entities import Event, Membership, Session, User
from bench.peers.orm.schemas import (
    BatchRequest,
    BatchView,
    EventRequest,
    EventView,
    IngestedView,
    ItemResult,
    LoginRequest,
    Page,
    TokensView,
)
from bench.peers.orm.storage import SessionOf, engine

_WINDOW = timedelta(days=30)
_AHEAD = timedelta(hours=24)

router = APIRouter(prefix="/api/v1")


@router.get("/events", response_model=Page)
async def list_page(
    caller: CallerOf, session: SessionOf, limit: Annotated[int, Query(ge=1, le=200)]
) -> dict[str, Any]:
    """Return the newest events of the last 30 days."""
    now = datetime.now(UTC)
    wanted = (
        select(Event)
        .where(
            Event.organization == caller.organization,
            Event.occurred_at >= now - _WINDOW,
            Event.occurred_at < now + _AHEAD,
        )
        .order_by(Event.occurred_at.desc(), Event.id.desc())
        .limit(limit + 1)
    )
    events = (await session.scalars(wanted)).all()
    data = events[:limit]
    cursor = None
    if len(events) > limit:
        place = f"{data[-1].occurred_at.isoformat()} {data[-1].id}"
        cursor = base64.urlsafe_b64encode(place.encode()).decode()
    return {"data": data, "next_cursor": cursor}


@router.get("/events/{event_id}", response_model=EventView)
async def find(event_id: UUID, caller: CallerOf, session: SessionOf) -> Event:
    """Return one event."""
    event = await session.get(Event, event_id)
    if event is None or event.organization != caller.organization:
        raise HTTPException(404, "There is no such event.")
    return event


@router.post("/events", status_code=201)
async def ingest(
    request: EventRequest, caller: CallerOf, session: SessionOf
) -> IngestedView:
    """Store one event; a second one with its client id is a duplicate."""
    event = Event(
        id=uuid4(),
        organization=caller.organization,
        received_at=datetime.now(UTC),
        **request.model_dump(),
    )
    session.add(event)
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        kept = await session.scalars(
            select(Event.id).where(
                Event.organization == caller.organization,
                Event.client_id == request.client_id,
            )
        )
        return IngestedView(
            id=kept.one(), client_id=request.client_id, status="duplicate"
        )
    return IngestedView(id=event.id, client_id=event.client_id, status="accepted")


@router.post("/events/batch")
async def ingest_batch(
    request: BatchRequest, caller: CallerOf, session: SessionOf
) -> BatchView:
    """Store many events with one statement."""
    now = datetime.now(UTC)
    rows = [
        {
            "id": uuid4(),
            "organization": caller.organization,
            "received_at": now,
            **one.model_dump(),
        }
        for one in request.events
    ]
    statement = insert(Event).on_conflict_do_nothing().returning(Event.id)
    stored = set((await session.scalars(statement, rows)).all())
    await session.commit()
    results = [
        ItemResult(
            index=index,
            id=row["id"],
            client_id=row["client_id"],
            status="accepted" if row["id"] in stored else "duplicate",
        )
        for index, row in enumerate(rows)
    ]
    accepted = len(stored)
    return BatchView(
        accepted=accepted,
        duplicate=len(rows) - accepted,
        rejected=0,
        results=results,
    )


@router.post("/auth/login")
async def log_in(request: LoginRequest, session: SessionOf) -> TokensView:
    """Exchange an address and a password for tokens."""
    found = await session.execute(
        select(User.id, User.password_hash).where(User.email == request.email.lower())
    )
    user = found.one_or_none()
    # No connection is held while a core is busy hashing.
    await session.commit()
    if user is None or not await access.matches(request.password, user.password_hash):
        raise HTTPException(401, "The address or the password is wrong.")
    organization = await session.scalar(
        select(Membership.organization_id).where(Membership.user_id == user.id)
    )
    if organization is None:
        raise HTTPException(403, "You belong to no organization.")
    now = datetime.now(UTC)
    token, digest = access.draw_refresh_token()
    session.add(
        Session(
            digest=digest,
            user_id=user.id,
            created_at=now,
            expires_at=now + access.SESSION_LIFE,
        )
    )
    await session.commit()
    return TokensView(
        access_token=access.sign(user.id, organization, uuid4()),
        refresh_token=token,
        expires_in=access.ACCESS_SECONDS,
    )


@asynccontextmanager
async def live(_: FastAPI) -> AsyncIterator[None]:
    """Close the pool at the end."""
    yield
    await engine.dispose()


app = FastAPI(lifespan=live)
app.include_router(router)
