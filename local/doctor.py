"""Checks of this machine, with the use of each missing program."""

import os
import shutil
import sys
from pathlib import Path

import psutil
from msgspec import Struct

from local.binaries import BinaryMissing, find_etcd, find_postgres, find_redis
from local.extras import EXTRAS, TESTERS, find_program
from local.lifecycle import Presence, presence
from local.places import Places
from local.ports import Ports
from local.settings import port_base
from local.unprivileged import NamespaceUnavailable, require_unprivileged

OLDEST_PYTHON = (3, 11)
MEMORY_BYTES = 2 * 1024**3
DISK_BYTES = 4 * 1024**3
GIBIBYTE = 1024**3


class Finding(Struct, frozen=True):
    """The result of one check. `fatal`: the platform cannot run without it."""

    subject: str
    said: str
    ok: bool = True
    fatal: bool = False
    remedy: str = ""


def examine(places: Places) -> list[Finding]:
    """Check everything that the platform needs or can use; change nothing."""
    return [
        check_python(),
        *check_programs(),
        check_namespaces(),
        check_ports(places),
        check_memory(),
        check_disk(places),
        *check_extras(places),
    ]


def check_python() -> Finding:
    """Check the interpreter."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    enough = sys.version_info >= OLDEST_PYTHON
    return Finding(
        "Python",
        f"{version} at {sys.executable}",
        ok=enough,
        fatal=not enough,
        remedy="" if enough else "install Python 3.11 or newer",
    )


def check_programs() -> list[Finding]:
    """Check the programs that come in wheels."""
    found = []
    for name, find in (("redis-server", find_redis), ("etcd", find_etcd)):
        try:
            binary = find()
        except BinaryMissing as missing:
            found.append(absent(name, missing))
            continue
        found.append(Finding(name, f"{binary.version} at {binary.path}"))
    try:
        postgres = find_postgres()
    except BinaryMissing as missing:
        return [absent("PostgreSQL", missing), *found]
    said = f"{postgres.version} in {postgres.folder}"
    return [Finding("PostgreSQL", said), *found]


def absent(subject: str, missing: BinaryMissing) -> Finding:
    """Report a missing program."""
    remedy = "uv pip install --require-hashes -r requirements/dev.lock"
    return Finding(subject, str(missing), ok=False, fatal=True, remedy=remedy)


def check_namespaces() -> Finding:
    """Check whether Postgres can run for this user."""
    if os.geteuid() != 0:
        return Finding("Postgres user", "this is an ordinary user")
    try:
        require_unprivileged()
    except NamespaceUnavailable as unavailable:
        remedy = "apt-get install util-linux, or run as an ordinary user"
        said = str(unavailable)
        return Finding("Postgres user", said, ok=False, fatal=True, remedy=remedy)
    return Finding("Postgres user", "root, through a user namespace (unshare)")


def check_ports(places: Places) -> Finding:
    """Check whether the block of ports is free."""
    base = port_base()
    if presence(places) is Presence.running:
        return Finding("ports", "the platform runs and has its ports")
    taken = Ports(base).taken()
    if not taken:
        return Finding("ports", f"the block from {base} is free")
    return Finding(
        "ports",
        "; ".join(str(one) for one in taken),
        ok=False,
        fatal=True,
        remedy="choose another block: HOLDFAST_PORT_BASE=18000",
    )


def check_memory() -> Finding:
    """Check the free memory."""
    free = psutil.virtual_memory().available
    enough = free >= MEMORY_BYTES
    remedy = "" if enough else "the platform wants 1.5 GiB and its load generator more"
    return Finding(
        "memory", f"{free / GIBIBYTE:.1f} GiB free", ok=enough, remedy=remedy
    )


def check_disk(places: Places) -> Finding:
    """Check the free disk space in the state folder."""
    folder = existing(places.root)
    free = shutil.disk_usage(folder).free
    enough = free >= DISK_BYTES
    remedy = "" if enough else "point HOLDFAST_STATE to a larger disk"
    said = f"{free / GIBIBYTE:.0f} GiB free in {folder}"
    return Finding("disk", said, ok=enough, remedy=remedy)


def existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def check_extras(places: Places) -> list[Finding]:
    """Check each optional Debian package."""
    found = []
    for name, extra in (EXTRAS | TESTERS).items():
        program = find_program(places, extra)
        if program:
            found.append(Finding(name, str(program)))
            continue
        remedy = "python -m local extras"
        if os.geteuid() == 0 and not extra.suite:
            remedy += f", or apt-get install {extra.package}"
        said = f"missing; it would add {extra.adds}"
        found.append(Finding(name, said, ok=False, remedy=remedy))
    return found
