"""A common stack as peer: FastAPI, Pydantic, SQLAlchemy's ORM, asyncpg, uvicorn.

Written as its documentation teaches: entities, models for each direction, a session
for each request, the token verified on each request, argon2id with our parameters off
the event loop. It runs in its own environment and imports nothing of Holdfast.
"""
