"""Health checks of programs from outside, with short timeouts."""

from msgspec import Struct

from local.cluster import Member
from local.credentials import read_secret
from local.places import Places
from local.probe_client import Unanswered, get, ping_redis
from local.program import HttpAnswers, MemberStreams, Program, RedisAnswers


class Condition(Struct, frozen=True):
    """Healthy, or the reason why not."""

    healthy: bool
    detail: str = ""


def check_program(
    places: Places, program: Program, members: dict[str, Member]
) -> Condition:
    """Check one program; `members` is the cluster as just read."""
    match program.health:
        case HttpAnswers(url):
            return check_http(url)
        case RedisAnswers(port, secret):
            return check_redis(port, read_secret(places, secret))
        case MemberStreams():
            return check_member(members.get(program.name))


def check_http(url: str) -> Condition:
    """Return healthy when the address answers 2xx."""
    try:
        answer = get(url)
    except Unanswered as unanswered:
        return Condition(healthy=False, detail=str(unanswered))
    if answer.good:
        return Condition(healthy=True)
    return Condition(healthy=False, detail=f"{url} answers {answer.status}")


def check_redis(port: int, password: str) -> Condition:
    """Return healthy when Redis answers PING."""
    try:
        ping_redis(port, password)
    except Unanswered as unanswered:
        return Condition(healthy=False, detail=str(unanswered))
    return Condition(healthy=True)


def check_member(member: Member | None) -> Condition:
    """Return healthy when the leader runs or the standby streams."""
    if member is None:
        return Condition(healthy=False, detail="not a member of the cluster")
    if member.serves:
        return Condition(healthy=True)
    return Condition(healthy=False, detail=f"{member.role}: {member.state}")
