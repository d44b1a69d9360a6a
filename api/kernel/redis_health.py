"""Ask a Redis whether it is there, without holding on to a connection."""

from api.kernel.errors import Unavailable
from api.kernel.redis_line import open_line

_SECONDS = 0.5


class RedisAway(Unavailable):
    """The server did not answer a PING."""

    code = "redis_unavailable"


async def ping(url: str) -> None:
    """Raise RedisAway unless the server answers within half a second."""
    if not url:
        raise RedisAway("It is not configured.")
    try:
        line = await open_line(url, patience_seconds=_SECONDS)
        try:
            answer = await line.ask(("PING",))
        finally:
            line.cut()
    except OSError as error:
        raise RedisAway(f"It does not answer: {type(error).__name__}.") from error
    if isinstance(answer, Exception):
        raise RedisAway(f"It refuses: {answer}.")
