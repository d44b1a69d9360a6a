"""The engine and a session for each request."""

import os
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

_POOL = int(os.environ["BENCH_POOL"])

engine = create_async_engine(os.environ["BENCH_DSN"], pool_size=_POOL, max_overflow=0)
_sessions = async_sessionmaker(engine, expire_on_commit=False)


async def open_session() -> AsyncIterator[AsyncSession]:
    """Lend a session to one request."""
    async with _sessions() as session:
        yield session


SessionOf = Annotated[AsyncSession, Depends(open_session)]
