"""Our own image: small, hard to misuse, reproducible, and it starts."""

import os

import pytest

from lab.images.audit import faults_of
from lab.images.cache import cache_folder
from lab.images.ours import LARGEST
from lab.images.workplace import workplace
from lab.images.workshop import WORKSHOP

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root builds images"),
    pytest.mark.timeout(900),
]
PATH = "/opt/holdfast/bin:/usr/bin"
USER = 10001
EVERY_MODULE = """
import importlib, pkgutil, sys
for room in ("api", "targets", "workers"):
    package = importlib.import_module(room)
    for found in pkgutil.walk_packages(package.__path__, f"{room}."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
print(len(sys.modules))
"""
PROGRAMS = [
    "api",
    "workers",
    "workers relay",
    "workers scheduler",
    "api.migrate forwards",
]


@pytest.fixture(scope="module")
def built(build):
    """The image, built or cached before anything is measured."""
    return build("holdfast")


@pytest.fixture(scope="module")
def root(built, unpack):
    """Its files, as a node unpacks them."""
    _, archive = built
    with workplace(cache_folder()) as place:
        unpack(archive, place)
        yield place


def test_its_size_meets_the_target(built, root):
    entry, _ = built
    size = sum(
        file.stat().st_size
        for file in root.rglob("*")
        if file.is_file() and not file.is_symlink()
    )

    assert size == entry["unpacked"]
    assert size < LARGEST


def test_it_contains_no_tool_for_an_intruder(root):
    programs = {
        file.name for file in root.rglob("*") if file.parent.name in ("bin", "sbin")
    }

    assert faults_of(root, bound=LARGEST) == []
    assert programs.isdisjoint({"sh", "bash", "pip", "gcc", "apt-get", "dpkg"})
    assert {"python", "python3"} <= programs


def test_every_module_loads_on_a_read_only_root(root, sealed):
    done = sealed(root, USER, PATH, "python", "-c", EVERY_MODULE)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["msgspec", "dramatiq", "asyncpg"])
def test_a_missing_module_is_detected(root, sealed, missing):
    (library,) = root.glob("opt/holdfast/lib/python3.*/site-packages")
    (library / missing).rename(library / "elsewhere")
    try:
        done = sealed(root, USER, PATH, "python", "-c", EVERY_MODULE)
    finally:
        (library / "elsewhere").rename(library / missing)

    assert done.returncode != 0
    assert missing in done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_starts_and_reports_missing_settings(root, sealed, program):
    words = ["python", "-m", *program.split()]
    done = sealed(root, USER, PATH, *words)

    assert "HOLDFAST_DATABASE_HOSTS" in done.stderr + done.stdout
    assert done.returncode != 0


def test_its_user_cannot_write_to_it(root, sealed):
    attempt = "open('/opt/holdfast/planted', 'w')"
    done = sealed(root, USER, PATH, "python", "-c", attempt)

    assert "Read-only file system" in done.stderr


def test_its_bytecode_is_compiled_already(root):
    """Otherwise Python would compile at each start: the root is read-only."""
    sources = list(root.glob("opt/holdfast/lib/python3.*/site-packages/api/**/*.py"))

    assert sources
    for source in sources:
        assert list(source.parent.glob(f"__pycache__/{source.stem}.cpython-*.pyc"))


def test_the_same_tree_makes_the_same_image(built, command, tmp_path):
    """Build it anew from the same tools, without the cache."""
    for tools in cache_folder().glob(f"*/{WORKSHOP}"):
        folder = tmp_path / "holdfast" / "images" / tools.parent.name
        folder.mkdir(parents=True)
        (folder / WORKSHOP).symlink_to(tools)
    entry, _ = built
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}

    done = command("build", "--out", tmp_path / "out", "holdfast", env=environment)

    assert done.returncode == 0, done.stderr
    assert entry["digest"] in done.stdout
