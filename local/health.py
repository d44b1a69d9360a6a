"""Whether a program does its work, asked from outside and never for long."""

import httpx
import redis
from msgspec import Struct
from redis.backoff import NoBackoff
from redis.retry import Retry

from local.cluster import Member
from local.credentials import read_secret
from local.places import Places
from local.ports import HOST
from local.program import HttpAnswers, MemberStreams, Program, RedisAnswers

ASK_SECONDS = 2.0


class Condition(Struct, frozen=True):
    """Healthy or not, and why not."""

    healthy: bool
    detail: str = ""


def open_client() -> httpx.Client:
    """Return a client that never asks a proxy for a loopback address."""
    return httpx.Client(trust_env=False, timeout=ASK_SECONDS)


def check_program(
    places: Places, program: Program, client: httpx.Client, members: dict[str, Member]
) -> Condition:
    """Ask one program; `members` is the cluster as read just now."""
    match program.health:
        case HttpAnswers(url):
            return check_http(client, url)
        case RedisAnswers(port, secret):
            return check_redis(port, read_secret(places, secret))
        case MemberStreams():
            return check_member(members.get(program.name))


def check_http(client: httpx.Client, url: str) -> Condition:
    """Healthy when the address answers 2xx."""
    try:
        answer = client.get(url)
    except httpx.HTTPError as failed:
        return Condition(healthy=False, detail=str(failed) or type(failed).__name__)
    if answer.is_success:
        return Condition(healthy=True)
    return Condition(healthy=False, detail=f"{url} answers {answer.status_code}")


def check_redis(port: int, password: str) -> Condition:
    """Healthy when Redis answers PING."""
    client = redis.Redis(
        host=HOST,
        port=port,
        password=password,
        socket_timeout=ASK_SECONDS,
        socket_connect_timeout=ASK_SECONDS,
        retry=Retry(NoBackoff(), retries=0),
    )
    try:
        client.ping()
    except redis.RedisError as failed:
        return Condition(healthy=False, detail=str(failed))
    finally:
        client.close()
    return Condition(healthy=True)


def check_member(member: Member | None) -> Condition:
    """Healthy when the leader runs or the standby streams."""
    if member is None:
        return Condition(healthy=False, detail="not a member of the cluster")
    if member.serves:
        return Condition(healthy=True)
    return Condition(healthy=False, detail=f"{member.role}: {member.state}")
