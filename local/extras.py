"""Prometheus, Alertmanager and exporters from Debian's packages, without installing.

Packages are downloaded by apt, which checks their signatures, and unpacked into
`<HOLDFAST_STATE>/tools`. Nothing on the system changes and no service starts.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from msgspec import Struct

from local.places import Places
from local.suites import (
    KEYS,
    KEYS_PACKAGE,
    MIRROR_SETTING,
    find_keys,
    find_mirror,
    forget_suite,
    suite_options,
)
from local.unpacked import can_lay_over


class Extra(Struct, frozen=True):
    """An optional Debian package, and what it adds."""

    package: str
    programs: tuple[str, ...]
    adds: str
    reads_share: bool = False
    suite: str = ""
    """Debian's suite that has it; empty: the suites of this machine's apt."""
    folder: str = ""
    """Its own folder under the tools, beside another release of the same package."""
    needs: tuple[str, ...] = ()
    """Packages of libraries that are unpacked with it; see `libraries_of`."""


EXTRAS: dict[str, Extra] = {
    "prometheus": Extra(
        "prometheus",
        ("prometheus",),
        "metrics over time, alert rules evaluated",
        reads_share=True,
    ),
    "alertmanager": Extra(
        "prometheus-alertmanager",
        ("prometheus-alertmanager", "alertmanager"),
        "alerts routed, grouped and silenced",
        reads_share=True,
    ),
    "node-exporter": Extra(
        "prometheus-node-exporter",
        ("prometheus-node-exporter", "node_exporter"),
        "CPU, memory and disk of this machine",
    ),
    "postgres-exporter": Extra(
        "prometheus-postgres-exporter",
        ("prometheus-postgres-exporter", "postgres_exporter"),
        "connections, replication and locks of each database",
    ),
    "redis-exporter": Extra(
        "prometheus-redis-exporter",
        ("prometheus-redis-exporter", "redis_exporter"),
        "memory, clients and evictions of each Redis",
    ),
    "blackbox-exporter": Extra(
        "prometheus-blackbox-exporter",
        ("prometheus-blackbox-exporter", "blackbox_exporter"),
        "the API seen from outside",
    ),
}
TESTERS: dict[str, Extra] = {
    "promtool-3": Extra(
        "promtool",
        ("promtool",),
        "alert rules tried on the next major Prometheus as well",
        suite="forky",
        folder="prometheus-3",
    ),
    "haproxy": Extra(
        "haproxy",
        ("haproxy",),
        "the way in on Kubernetes tried as it is",
        folder="haproxy",
        needs=("libopentracing-c-wrapper0", "libopentracing1", "liblua5.3-0"),
    ),
}
"""Packages that only tests and checks use."""
LAST_LINE_LENGTH = 200


class Fetched(Struct, frozen=True):
    """The result for one package."""

    package: str
    program: Path | None
    said: str


class AptFailed(Exception):
    """apt or dpkg-deb is missing or failed; the platform runs without extras."""


def find_tools(places: Places) -> dict[str, Path]:
    """Return the extras this machine has: installed ones first, then unpacked ones."""
    found: dict[str, Path] = {}
    for name, extra in EXTRAS.items():
        program = find_program(places, extra)
        if program is not None:
            found[name] = program
    return found


def find_program(places: Places, extra: Extra) -> Path | None:
    """Return the program of one package; None if it is missing."""
    for program in extra.programs:
        installed = None if extra.suite else shutil.which(program)
        if installed:
            return Path(installed)
        runs = not extra.reads_share or can_lay_over(places.tools)
        for folder in ("bin", "sbin"):
            unpacked = places.tools / extra.folder / "usr" / folder / program
            if unpacked.is_file() and runs:
                return unpacked
    return None


def libraries_of(program: Path) -> dict[str, str]:
    """Return the environment in which a program finds its unpacked libraries."""
    folders = program.parents[1].glob("lib/*-linux-gnu")
    return {"LD_LIBRARY_PATH": os.pathsep.join(map(str, folders))}


def fetch_extra(places: Places, extra: Extra) -> Fetched:
    """Download and unpack one package unless the machine has its program."""
    program = find_program(places, extra)
    if program is not None:
        return Fetched(extra.package, program, f"present: {program}")
    places.tools.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=places.tools) as folder:
            tree = places.tools / extra.folder
            for needed in extra.needs:
                library = download(places, needed, Path(folder))
                run(["dpkg-deb", "-x", str(library), str(tree)], Path(folder))
                library.unlink()
            package = obtain(places, extra, Path(folder))
            run(["dpkg-deb", "-x", str(package), str(tree)], Path(folder))
            said = f"unpacked {package.name} into {tree}"
    except AptFailed as failed:
        return Fetched(extra.package, None, str(failed))
    can_lay_over.cache_clear()
    program = find_program(places, extra)
    if program is None:
        said += ", but this kernel does not let it run from there; install the package"
    return Fetched(extra.package, program, said)


def obtain(places: Places, extra: Extra, folder: Path) -> Path:
    """Download one package, from its suite if it names one."""
    if not extra.suite:
        return download(places, extra.package, folder)
    # A new machine has no package lists, and apt names a mirror only by its lists.
    mirror = find_mirror() or find_mirror(fresh_lists(places, folder))
    if mirror is None:
        raise AptFailed(f"apt knows no mirror of Debian: name one in {MIRROR_SETTING}")
    keys = find_keys(places) or fetch_keys(places, folder)
    options = suite_options(places, extra.suite, mirror=mirror, keys=keys)
    try:
        run(["apt-get", *options, "update"], folder)
        run(["apt-get", *options, "download", extra.package], folder)
    finally:
        forget_suite(places, extra.suite)
    return downloaded(extra.package, folder)


def fetch_keys(places: Places, folder: Path) -> Path:
    """Unpack Debian's public keys on a machine that is not Debian."""
    package = download(places, KEYS_PACKAGE, folder)
    run(["dpkg-deb", "-x", str(package), str(places.tools)], folder)
    package.unlink()
    keys = find_keys(places)
    if keys is None:
        raise AptFailed(f"{KEYS_PACKAGE} holds no {KEYS.name}")
    return keys


def download(places: Places, package: str, folder: Path) -> Path:
    """Download one package by apt, refreshing our own package lists if needed."""
    sandbox = ["-o", "APT::Sandbox::User="]
    try:
        run(["apt-get", *sandbox, "download", package], folder)
    except AptFailed:
        lists = fresh_lists(places, folder)
        run(["apt-get", *lists, "download", package], folder)
    return downloaded(package, folder)


def downloaded(package: str, folder: Path) -> Path:
    """Return the file that apt downloaded."""
    for file in folder.glob("*.deb"):
        return file
    raise AptFailed(f"apt-get downloaded no file for {package}")


def fresh_lists(places: Places, folder: Path) -> list[str]:
    """Refresh our own package lists once; return the options that use them."""
    lists = private_lists(places)
    if not (places.tools / "apt" / "fresh").exists():
        run(["apt-get", *lists, "update"], folder)
        (places.tools / "apt" / "fresh").touch()
    return lists


def private_lists(places: Places) -> list[str]:
    """Return the options that keep apt's lists and cache in our own folder."""
    apt = places.tools / "apt"
    (apt / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (apt / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::State::lists": str(apt / "lists"),
        "Dir::Cache": str(apt / "cache"),
        "APT::Sandbox::User": "",
    }
    return [part for item in options.items() for part in ("-o", "=".join(item))]


def forget_lists(places: Places) -> None:
    """Drop our own package lists, so that the next fetch refreshes them."""
    shutil.rmtree(places.tools / "apt", ignore_errors=True)


def run(command: list[str], folder: Path) -> None:
    """Run a command; raises AptFailed with its last line."""
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=300,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as failed:
        raise AptFailed(f"{command[0]}: {failed}") from failed
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise AptFailed(f"{command[0]}: {lines[-1][:LAST_LINE_LENGTH]}")
