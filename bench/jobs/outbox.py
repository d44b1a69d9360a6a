"""The jobs table of the durable path: filled like the API does, read from outside."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from bench.exchange import RunAborted
from bench.services import Services

PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.05
IN_ONE_TRANSACTION = 100

_PUT = """
SELECT put_job(gen_random_uuid(), 'bench.do_nothing', 'default', NULL, '{}'::jsonb,
    NULL, NULL, NULL, NULL)::text
"""
_LEFT = "SELECT count(*) FROM jobs WHERE state <> 'done'"
_AGAIN = "SELECT count(*) FROM jobs WHERE (attempt, fence, lost) <> (1, 1, 0)"
_SPAN = """
SELECT count(*), extract(epoch FROM max(finished_at) - min(finished_at))::float8
FROM jobs
"""
_STARTED = "SELECT id::text, extract(epoch FROM finished_at)::float8 FROM jobs"


class Outbox:
    """Jobs without an effect, and their states."""

    def __init__(self, api: psycopg.Connection, owner: psycopg.Connection) -> None:
        self._api = api
        self._owner = owner

    def put(self) -> tuple[str, float]:
        """Put one job; return its id and the epoch seconds of the commit request."""
        ((job,),) = self._api.execute(_PUT).fetchall()
        at = time.time()
        self._api.commit()
        return job, at

    def fill(self, jobs: int) -> None:
        """Put many jobs, a few per transaction."""
        for start in range(0, jobs, IN_ONE_TRANSACTION):
            for _ in range(min(IN_ONE_TRANSACTION, jobs - start)):
                self._api.execute(_PUT)
            self._api.commit()

    def finish(self) -> None:
        """Wait until all are done; raise RunAborted unless each ran exactly once."""
        left = fewest = self._count(_LEFT)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while left:
            if left < fewest:
                fewest, deadline = left, time.monotonic() + PATIENCE_SECONDS
            if time.monotonic() > deadline:
                raise RunAborted(f"{left} durable jobs were never done")
            time.sleep(POLL_SECONDS)
            left = self._count(_LEFT)
        if again := self._count(_AGAIN):
            raise RunAborted(f"{again} durable jobs did not run exactly once")

    def per_second(self) -> float:
        """Return the starts per second between the first and the last."""
        ((jobs, seconds),) = self._owner.execute(_SPAN).fetchall()
        return float((jobs - 1) / seconds)

    def started(self) -> dict[str, float]:
        """Return the start of each job's effect transaction (epoch seconds)."""
        return dict(self._owner.execute(_STARTED).fetchall())

    def forget(self) -> None:
        """Empty the table."""
        self._owner.execute("TRUNCATE jobs")

    def _count(self, question: str) -> int:
        ((number,),) = self._owner.execute(question.encode()).fetchall()
        return int(number)


@contextmanager
def open_outbox(services: Services) -> Iterator[Outbox]:
    """Connect as the API, which may only put, and as the superuser, who may read."""
    place = f"127.0.0.1:{services.postgres_port}/holdfast"
    as_api = f"postgresql://holdfast_api:{services.password}@{place}"
    with (
        psycopg.connect(as_api) as api,
        psycopg.connect(services.dsn, autocommit=True) as owner,
    ):
        yield Outbox(api, owner)
