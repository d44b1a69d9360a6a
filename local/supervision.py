"""The supervisor, which keeps every program running and opens no port.

It is controlled by files and signals only: a hold file keeps a program down; a
program that ends is restarted. See docs/decisions/0010-supervisor.md.
"""

import subprocess
import sys
from collections.abc import Iterable

from local.places import Places, write_private
from local.processes import MARK
from local.program import Program
from local.settings import inherited_environment

# Restarts are unlimited; a crash loop slows down by a second each time.
ENDLESS = 1_000_000


# Paths are relative to the state folder, where the supervisor runs: it expands percent
# signs in paths once or twice, so an absolute one with such a sign cannot be written.
SUPERVISOR_SECTION = """[supervisord]
nodaemon=true
logfile=logs/supervisor.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile=supervisor.pid
childlogdir=logs
umask=077
"""


def supervisor_configuration(programs: Iterable[Program]) -> str:
    """Return supervisord.conf; it holds no secret and opens no port or socket."""
    return "\n".join([SUPERVISOR_SECTION, *map(program_section, programs)])


def program_section(program: Program) -> str:
    """Return the section of one program."""
    return f"""[program:{program.name}]
command=/bin/sh configuration/{program.name}.sh
autostart=true
autorestart=true
startsecs=1
startretries={ENDLESS}
stopasgroup=true
killasgroup=true
stopwaitsecs={program.stop_seconds}
redirect_stderr=true
stdout_logfile=logs/{program.name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
"""


def start_supervisor(
    places: Places, programs: Iterable[Program]
) -> subprocess.Popen[bytes]:
    """Start the supervisor in its own session."""
    configuration = places.configuration / "supervisord.conf"
    write_private(configuration, supervisor_configuration(programs))
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "supervisor.supervisord",
        "-c",
        str(configuration),
    ]
    with (places.logs / "supervision.log").open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own command line
            command,
            env={**inherited_environment(), MARK: str(places.state)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=places.state,
            start_new_session=True,
            umask=0o077,
        )


def hold_programs(places: Places, names: Iterable[str]) -> None:
    """Keep programs down until `release_program`."""
    for name in names:
        (places.hold / name).touch()


def release_program(places: Places, name: str) -> None:
    """Let a held program start."""
    (places.hold / name).unlink(missing_ok=True)


def held_programs(places: Places) -> set[str]:
    """Return the programs that are kept down."""
    if not places.hold.is_dir():
        return set()
    return {file.name for file in places.hold.iterdir()}


def count_exits(places: Places, name: str) -> int:
    """Return the number of exits of a program since the start."""
    log = places.logs / "supervisor.log"
    if not log.exists():
        return 0
    return log.read_text(encoding="utf-8").count(f"exited: {name} (")
