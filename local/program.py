"""One supervised program: its command, its dependencies, its health check."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from local.places import Places, write_private
from local.plan import Kind

HELD_POLL_SECONDS = 0.2


class HttpAnswers(Struct, frozen=True):
    """Healthy when the address answers 2xx."""

    url: str


class RedisAnswers(Struct, frozen=True):
    """Healthy when Redis answers PING to its password."""

    port: int
    secret: str


class MemberStreams(Struct, frozen=True):
    """Healthy when Patroni reports that this member leads or streams."""

    patroni: str


Health = HttpAnswers | RedisAnswers | MemberStreams


class Program(Struct, frozen=True, kw_only=True):
    """A process that the supervisor keeps up, in a process group of its own.

    The platform counts as ready when every `essential` program is healthy.
    """

    name: str
    kind: Kind
    command: list[str]
    address: str
    health: Health
    environment: dict[str, str] = {}
    folder: Path
    needs: frozenset[str] = frozenset()
    stop_seconds: int = 5
    metrics: str | None = None
    essential: bool = True


def write_start_script(
    places: Places, program: Program, inherited: Mapping[str, str]
) -> Path:
    """Write the shell script that the supervisor runs for this program.

    It waits while the program's hold file exists, adds the environment of
    `restart --env`, and then replaces itself by the program.

    Standard input must end at once: a Postgres backend that waits for a standby when
    its postmaster dies reads it afterwards, and blocks the start of a postmaster.
    """
    environment = {**inherited, **program.environment}
    exports = "\n".join(
        f"export {name}={shlex.quote(value)}" for name, value in environment.items()
    )
    hold = shlex.quote(str(places.hold / program.name))
    overrides = shlex.quote(str(places.overrides / program.name))
    script = places.configuration / f"{program.name}.sh"
    write_private(
        script,
        f"""#!/bin/sh
while [ -e {hold} ]; do sleep {HELD_POLL_SECONDS}; done
{exports}
[ -e {overrides} ] && . {overrides}
cd {shlex.quote(str(program.folder))} || exit 1
exec {shlex.join(program.command)} </dev/null
""",
    )
    return script


def write_overrides(places: Places, name: str, environment: Mapping[str, str]) -> None:
    """Replace the environment that the next start of one program adds."""
    lines = [
        f"export {key}={shlex.quote(value)}\n" for key, value in environment.items()
    ]
    write_private(places.overrides / name, "".join(lines))
