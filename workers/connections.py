"""How the broker's Redis is reached: every call bounded, nothing silently retried."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from dramatiq.errors import ConnectionClosed
from redis.backoff import NoBackoff
from redis.retry import Retry

CALL_SECONDS = 2.0
CONNECT_SECONDS = 1.0


def connect(url: str) -> redis.Redis:
    """A client that connects on first use; no call lasts longer than CALL_SECONDS.

    redis-py repeats a failed command by itself. A repeated fetch takes a second batch
    and forgets the first, so its retries are off and the callers decide.
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
    """Turn every failure of Redis into the one that Dramatiq recovers from.

    Dramatiq knows `redis.ConnectionError` only: a time-out, a demoted master or a full
    memory would end its consumer or drop an acknowledgement. A connection that answers
    READONLY leads to a former master, so all pooled ones are dropped with it.
    """
    try:
        yield
    except redis.ReadOnlyError as error:
        client.connection_pool.disconnect()
        raise ConnectionClosed(error) from error  # type: ignore[no-untyped-call]  # Dramatiq's is untyped
    except redis.RedisError as error:
        raise ConnectionClosed(error) from error  # type: ignore[no-untyped-call]  # Dramatiq's is untyped
