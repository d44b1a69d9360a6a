"""Connections to the broker's Redis: every call has a timeout and is sent once."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from dramatiq.errors import ConnectionClosed
from redis.backoff import NoBackoff
from redis.retry import Retry

CALL_SECONDS = 2.0
CONNECT_SECONDS = 1.0


def connect(url: str) -> redis.Redis:
    """Return a client that connects on first use; no call exceeds CALL_SECONDS.

    The retries of redis-py are off: a repeated fetch would take a second batch and lose
    the first one, so the callers decide.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=CALL_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )


@contextmanager
def broker_errors(client: redis.Redis) -> Iterator[None]:
    """Turn every error of Redis into ConnectionClosed, from which Dramatiq recovers.

    Dramatiq handles only `redis.ConnectionError`: a timeout, a demoted master or a full
    memory would end its consumer or drop an acknowledgement. A connection that answers
    READONLY leads to a former master, so all pooled connections are closed.
    """
    try:
        yield
    except redis.ReadOnlyError as error:
        client.connection_pool.disconnect()
        raise ConnectionClosed(error) from error  # type: ignore[no-untyped-call]  # Dramatiq's is untyped
    except redis.RedisError as error:
        raise ConnectionClosed(error) from error  # type: ignore[no-untyped-call]  # Dramatiq's is untyped
