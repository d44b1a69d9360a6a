"""Prometheus, Alertmanager and exporters from Debian's packages, without installing.

Packages are downloaded by apt, which checks their signatures, and unpacked into
`<HOLDFAST_STATE>/tools`. Nothing on the system changes and no service starts.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from msgspec import Struct

from local.places import Places
from local.unpacked import can_lay_over


class Extra(Struct, frozen=True):
    """A Debian package the platform is better with, and what it adds."""

    package: str
    programs: tuple[str, ...]
    adds: str
    reads_share: bool = False


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
LAST_LINE_LENGTH = 200


class Fetched(Struct, frozen=True):
    """What became of one package."""

    package: str
    program: Path | None
    said: str


class AptFailed(Exception):
    """apt or dpkg-deb is absent or refused; the platform runs without extras."""


def find_tools(places: Places) -> dict[str, Path]:
    """Return the extras this machine has: installed ones first, then unpacked ones."""
    found: dict[str, Path] = {}
    for name, extra in EXTRAS.items():
        program = find_program(places, extra)
        if program is not None:
            found[name] = program
    return found


def find_program(places: Places, extra: Extra) -> Path | None:
    """Return the program of one package; None if it is nowhere."""
    for program in extra.programs:
        installed = shutil.which(program)
        if installed:
            return Path(installed)
        unpacked = places.tools / "usr" / "bin" / program
        runs = not extra.reads_share or can_lay_over(places.tools)
        if unpacked.is_file() and runs:
            return unpacked
    return None


def fetch_extra(places: Places, extra: Extra) -> Fetched:
    """Download and unpack one package unless the machine has its program."""
    program = find_program(places, extra)
    if program is not None:
        return Fetched(extra.package, program, f"present: {program}")
    places.tools.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=places.tools) as folder:
            package = download(places, extra.package, Path(folder))
            run(["dpkg-deb", "-x", str(package), str(places.tools)], Path(folder))
            said = f"unpacked {package.name} into {places.tools}"
    except AptFailed as failed:
        return Fetched(extra.package, None, str(failed))
    can_lay_over.cache_clear()
    program = find_program(places, extra)
    if program is None:
        said += ", but this kernel does not let it run from there; install the package"
    return Fetched(extra.package, program, said)


def download(places: Places, package: str, folder: Path) -> Path:
    """Download one package by apt, refreshing our own package lists if need be."""
    sandbox = ["-o", "APT::Sandbox::User="]
    try:
        run(["apt-get", *sandbox, "download", package], folder)
    except AptFailed:
        lists = private_lists(places)
        if not (places.tools / "apt" / "fresh").exists():
            run(["apt-get", *lists, "update"], folder)
            (places.tools / "apt" / "fresh").touch()
        run(["apt-get", *lists, "download", package], folder)
    for file in folder.glob("*.deb"):
        return file
    raise AptFailed(f"apt-get downloaded no file for {package}")


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
            check=False,
            timeout=300,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as failed:
        raise AptFailed(f"{command[0]}: {failed}") from failed
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise AptFailed(f"{command[0]}: {lines[-1][:LAST_LINE_LENGTH]}")
