"""Ask a Redis whether it is there, without holding on to a connection."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from api.kernel.errors import Unavailable

_SECONDS = 0.5


class RedisAway(Unavailable):
    """The server did not answer a PING."""

    code = "redis_unavailable"


async def ping(url: str) -> None:
    """Raise RedisAway unless the server answers within half a second."""
    if not url:
        raise RedisAway("It is not configured.")
    client = Redis.from_url(
        url,
        socket_timeout=_SECONDS,
        socket_connect_timeout=_SECONDS,
        retry=Retry(NoBackoff(), 0),
        single_connection_client=True,
    )
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        raise RedisAway(f"It does not answer: {type(error).__name__}.") from error
    finally:
        await client.aclose()
