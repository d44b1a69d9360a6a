"""The shape of the tree: no hidden packages, long files or machine-specific text."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

GIT = shutil.which("git") or "git"
ROOT = Path(__file__).parents[2]
LONGEST = 300
WRITTEN_BY_PEOPLE = {".py", ".md", ".yml", ".yaml", ".toml", ".lua", ".sh", ""}
DATA = {"targets.toml", "LICENSE"}
"""The first contains the targets, the second is a legal text."""
TRACES = {
    "a package index": r"(?<!emit-)index[-_]url|pypi[.]org|pythonhosted|/simple/",
    "a folder of one machine": r"/(root|home|work|Users)/[a-z]",
    "an address that is not ours": r"\b(10|172|192)\.\d+\.\d+\.\d+\b",
}
DOCUMENTATION_ADDRESSES = re.compile(r"\b192\.0\.2\.\d+\b")


def tracked():
    listed = subprocess.run(
        [GIT, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and is_text(ROOT / name)]


def is_text(path):
    return path.is_file() and b"\0" not in path.read_bytes()[:1024]


FILES = tracked()
PACKAGES = {path.parent for path in FILES if path.name == "__init__.py"}


def traces_in(text, pattern):
    return re.findall(pattern, DOCUMENTATION_ADDRESSES.sub("", text))


def test_no_init_hides_a_standard_module():
    """With one in platform/ or tests/platform/, `import platform` finds ours."""
    assert not PACKAGES & {ROOT / "platform", ROOT / "tests" / "platform"}


def test_tests_are_no_package():
    assert not [folder for folder in PACKAGES if folder.is_relative_to(ROOT / "tests")]


def test_no_file_is_too_long():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in FILES
        if path.suffix in WRITTEN_BY_PEOPLE
        and path.name not in DATA
        and "rendered" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }

    assert long == {}


def test_no_module_is_named_utils_or_alike():
    drawers = {"utils", "common", "helpers", "lib", "misc"}
    found = {
        str(path)
        for path in (path.relative_to(ROOT) for path in FILES)
        if drawers & {*path.parts[:-1], path.stem}
    }

    assert found == set()


@pytest.mark.parametrize("trace", TRACES)
def test_no_machine_specific_text(trace):
    found = [
        str(path.relative_to(ROOT))
        for path in FILES
        if path != Path(__file__)
        and traces_in(path.read_text(encoding="utf-8"), TRACES[trace])
    ]

    assert found == []


@pytest.mark.parametrize(
    ("trace", "planted"),
    [
        ("a package index", "--index-url=somewhere"),
        ("a folder of one machine", "cd /home/someone/holdfast"),
        ("an address that is not ours", "http://10.1.2.3:8080"),
    ],
)
def test_planted_machine_specific_text_is_found(trace, planted):
    assert traces_in(planted, TRACES[trace])
