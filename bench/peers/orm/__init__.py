"""The peer that people know: FastAPI, Pydantic, SQLAlchemy's ORM, asyncpg, uvicorn.

Written as its documentation teaches: entities, models for each direction, a session
for each request, the token verified on each request, argon2id with our parameters off
the event loop. It runs in an environment of its own: nothing of ours is imported here.
"""
