"""Services of the suite: Postgres, our API, and a member of the largest tenant."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import psutil
from msgspec import Struct

from bench.accounting import tree
from bench.exchange import RunAborted
from bench.services import ServiceMissing, Services, serve
from bench.subjects import OURS, Subject, migrate, our_settings, serve_ours
from bench.work import Member, register

HOST = "127.0.0.1"
BYTES_AN_EVENT = 1_500
"""On disk at most: row, five index entries, key, tally, and the log meanwhile."""
FIXED_BYTES = 500_000_000
"""Bytes on disk without any event."""
_KEY = b"\x5a" * 32


class Ground(Struct, frozen=True):
    """The services and the member of a run."""

    services: Services
    api: Subject
    member: Member
    settings: dict[str, str]

    async def connect(self) -> asyncpg.Connection:
        """Connect as the superuser, who sees all tenants."""
        return await asyncpg.connect(self.services.dsn, command_timeout=900)


@contextmanager
def stand(folder: Path, events: int) -> Iterator[Ground]:
    """Start the services; raises ServiceMissing, also when the disk is too small."""
    check_room(folder, events)
    with serve(folder) as services:
        settings = our_settings(services, _KEY)
        migrate(settings, services.password)
        with serve_ours(OURS, settings, folder) as api:
            url = f"http://{HOST}:{api.port}/api/v1"
            with httpx.Client(base_url=url, timeout=60) as client:
                member = register(client, _KEY)
            yield Ground(services, api, member, settings)


def check_room(folder: Path, events: int) -> None:
    """Raise ServiceMissing unless the disk has space for that many events."""
    needed = FIXED_BYTES + events * BYTES_AN_EVENT
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ServiceMissing(
            f"{events:,} events need {needed / 1e9:.0f} GB below {folder},"
            f" {free / 1e9:.0f} GB are free"
        )


def run_variant(
    ground: Ground, program: str, *arguments: str, role: str, said: object = None
) -> Any:  # noqa: ANN401 - JSON
    """Run one of our changed programs as a database role; raises RunAborted."""
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", f"bench.variants.{program}", *arguments],
        input=msgspec.json.encode(said),
        env=os.environ | ground.settings | {"HOLDFAST_DATABASE_USER": role},
        capture_output=True,
        check=False,
    )
    if ended.returncode:
        last = ended.stderr.decode().strip().splitlines()[-1:]
        raise RunAborted(f"{program} {' '.join(arguments)}: {last}")
    return json.loads(ended.stdout)


def spend_seconds(ground: Ground) -> tuple[float, float]:
    """Return the processor time so far of the API's Postgres sessions, and of the API.

    Measured by the scheduler's clock. Vacuum and checkpoints are excluded, because
    they do not belong to one answer.
    """
    database = [
        one for one in tree(ground.services.database_pid) if is_session_of_api(one)
    ]
    return sum_seconds(database), sum_seconds(tree(ground.api.pid))


def is_session_of_api(process: psutil.Process) -> bool:
    """Tell whether the title of a Postgres process is that of an API session."""
    try:
        return any("holdfast_api" in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False


def sum_seconds(processes: list[psutil.Process]) -> float:
    return sum(thread_nanoseconds(process) for process in processes) / 1e9


def thread_nanoseconds(process: psutil.Process) -> int:
    """Return the time of every living thread, without threads that just ended."""
    nanoseconds = 0
    for clock in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
        try:
            nanoseconds += int(clock.read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return nanoseconds
