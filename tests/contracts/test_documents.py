"""Files, links and commands named in documents exist."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "runbooks").glob("*.md"),
    ]
)
QUOTED = re.compile(r"`([^`\s]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
TASK = re.compile(r"\./task ([a-z][a-z:-]*)")
MODULE = re.compile(r"python -m ([a-z]+(?:\.[a-z_]+)*)(?: ([a-z]+))?")
NOT_A_PATH = re.compile(r"[<>{}*…:|]|^/|^\.holdfast|\)$")
SUFFIXES = {".py", ".md", ".toml", ".yml", ".yaml", ".lock", ".json"}
ELSEWHERE = {"scorecard.json", "platform.json"}
"""Files that a running platform or a finished run makes."""
TOP = {path.name for path in ROOT.iterdir()}


def paths_named(text):
    """Yield quoted words that look like a path from the root of the tree."""
    for word in QUOTED.findall(text):
        name = word.removeprefix("./").rstrip(".,;")
        claims = "/" in name and name.split("/")[0] in TOP
        if Path(name).suffix in SUFFIXES and "/" not in name:
            claims = name not in ELSEWHERE
        if claims and not NOT_A_PATH.search(name):
            yield name


def missing(document, text):
    """Return paths and links of a document that do not exist.

    A bare file name may be any file of that name: `service.py` of some slice.
    """
    lost = []
    for name in paths_named(text):
        found = (ROOT / name).exists() or (document.parent / name).exists()
        if not found and "/" not in name:
            found = any(room.rglob(name) for room in ROOMS if any(room.rglob(name)))
        if not found:
            lost.append(name)
    for link in LINK.findall(text):
        target = link.partition("#")[0]
        if target and "://" not in link and not (document.parent / target).exists():
            lost.append(link)
    return lost


ROOMS = [ROOT / name for name in ("api", "workers", "tests", "platform", "loadtests")]


def unknown_commands(text):
    """Return commands of our packages that their own help does not list."""
    unknown = []
    for module, command in MODULE.findall(text):
        code, said = help_of(module)
        if code != 0 or not re.search(rf"\b{command}\b", said):
            unknown.append(f"{module} {command}".strip())
    return unknown


@cache
def help_of(module):
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


@pytest.fixture(params=DOCUMENTS, ids=[str(d.relative_to(ROOT)) for d in DOCUMENTS])
def document(request):
    return request.param


@pytest.fixture
def text(document):
    return document.read_text(encoding="utf-8")


def test_every_file_and_link_exists(document, text):
    assert missing(document, text) == []


def test_code_refers_only_to_documents_that_exist():
    named = re.compile(r"docs/[\w/-]+\.md")
    found = {
        name
        for room in ("api", "chaos", "dashboards", "local", "platform", "workers")
        for path in (ROOT / room).rglob("*.py")
        for name in named.findall(path.read_text(encoding="utf-8"))
    }

    assert found
    assert [name for name in found if not (ROOT / name).is_file()] == []


def test_every_task_exists(text):
    taskfile = msgspec.yaml.decode((ROOT / "Taskfile.yml").read_bytes())

    assert set(TASK.findall(text)) <= set(taskfile["tasks"])


def test_every_command_exists(text):
    assert unknown_commands(text) == []


def test_every_task_runs_a_command_that_exists():
    taskfile = (ROOT / "Taskfile.yml").read_text(encoding="utf-8")

    assert unknown_commands(taskfile) == []


def test_a_missing_command_is_found():
    assert unknown_commands("run `python -m local levitate`") == ["local levitate"]


@pytest.mark.parametrize(
    "planted",
    [
        "see `api/kernel/utilities.py`",
        "see [the guide](guides/missing.md)",
        "see `nobody_wrote_this.md`",
    ],
)
def test_a_missing_path_is_found(planted):
    assert missing(ROOT / "README.md", planted)
