"""Debian's packages unpacked into the tools folder, with our own apt folders."""

import shutil
from pathlib import Path

import pytest

from local.extras import Extra, fetch_extra, find_program, libraries_of
from local.places import Places
from local.suites import find_mirror
from local.unpacked import as_installed

EXTRA = Extra("hold-sample", ("hold-sample-program",), "a program to find")
CONTROL = """Package: hold-sample
Version: 1.0
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: sample
"""
APT = """#!/bin/sh
case " $* " in
  *" update "*) echo updated >> "{log}" ;;
  *" indextargets "*) {mirrors} ;;
  *" download "*) {download} ;;
esac
"""


@pytest.fixture
def places(tmp_path) -> Places:
    return Places(tmp_path / "root")


def folder_of(program: str) -> str:
    found = shutil.which(program)
    assert found is not None, f"{program} is not installed"
    return str(Path(found).parent)


def install_apt(
    tmp_path: Path, monkeypatch, download: str, mirrors: str = "true"
) -> Path:
    """Put a fake apt-get first on the path; return the file that records updates."""
    folder = tmp_path / "bin"
    folder.mkdir()
    log = tmp_path / "apt.log"
    apt = folder / "apt-get"
    apt.write_text(APT.format(log=log, download=download, mirrors=mirrors))
    apt.chmod(0o755)
    paths = {folder_of(program) for program in ("sh", "dpkg-deb")}
    monkeypatch.setenv("PATH", ":".join([str(folder), *sorted(paths)]))
    return log


@pytest.fixture
def package(tmp_path) -> Path:
    """Create the files of the sample package for dpkg-deb."""
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(CONTROL)
    program = tree / "usr" / "bin" / "hold-sample-program"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho sample\n")
    program.chmod(0o755)
    return tree


def test_a_package_is_unpacked_into_the_tools_folder_only(
    places, package, tmp_path, monkeypatch
):
    build = f'dpkg-deb --build --root-owner-group "{package}" sample.deb >/dev/null'
    install_apt(tmp_path, monkeypatch, build)

    fetched = fetch_extra(places, EXTRA)

    assert fetched.program == places.tools / "usr/bin/hold-sample-program"
    assert "unpacked sample.deb" in fetched.said
    assert not list(places.tools.glob("*.deb"))


def test_required_libraries_are_unpacked_with_the_package(
    places, package, tmp_path, monkeypatch
):
    library = tmp_path / "library"
    shutil.copytree(package / "DEBIAN", library / "DEBIAN")
    (library / "usr/lib/any-linux-gnu").mkdir(parents=True)
    (library / "usr/lib/any-linux-gnu/libhold.so").touch()
    build = 'dpkg-deb --build --root-owner-group "{}" sample.deb >/dev/null'
    install_apt(
        tmp_path,
        monkeypatch,
        f'case "$*" in *libhold*) {build.format(library)} ;;'
        f" *) {build.format(package)} ;; esac",
    )
    needing = Extra("hold-sample", EXTRA.programs, "", folder="own", needs=("libhold",))

    program = fetch_extra(places, needing).program

    assert program is not None
    assert program == places.tools / "own/usr/bin/hold-sample-program"
    (folder,) = libraries_of(program).values()
    assert (Path(folder) / "libhold.so").is_file()


def test_an_unpacked_package_is_not_fetched_again(places, tmp_path, monkeypatch):
    program = places.tools / "usr" / "bin" / "hold-sample-program"
    program.parent.mkdir(parents=True)
    program.touch()
    install_apt(tmp_path, monkeypatch, "exit 1")

    assert fetch_extra(places, EXTRA).said == f"present: {program}"


def test_missing_package_lists_are_refreshed_in_our_own_folder(
    places, package, tmp_path, monkeypatch
):
    build = f'dpkg-deb --build --root-owner-group "{package}" sample.deb >/dev/null'
    needs_lists = f'case "$*" in *Dir::State::lists*) {build} ;; *) exit 100 ;; esac'
    log = install_apt(tmp_path, monkeypatch, needs_lists)

    assert fetch_extra(places, EXTRA).program is not None
    assert log.read_text() == "updated\n"


def test_a_failure_of_apt_is_one_line(places, tmp_path, monkeypatch):
    install_apt(tmp_path, monkeypatch, 'echo "E: no such package" >&2; exit 100')

    fetched = fetch_extra(places, EXTRA)

    assert fetched.program is None
    assert fetched.said == "apt-get: E: no such package"


def test_a_missing_apt_is_reported(places, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")

    fetched = fetch_extra(places, EXTRA)

    assert fetched.program is None
    assert fetched.said.startswith("apt-get: ")


def test_an_installed_program_is_preferred(places, tmp_path, monkeypatch):
    for folder in (tmp_path / "system", places.tools / "usr" / "bin"):
        folder.mkdir(parents=True)
        program = folder / "hold-sample-program"
        program.touch()
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "system"))

    assert find_program(places, EXTRA) == tmp_path / "system" / "hold-sample-program"


def test_an_installed_program_runs_unwrapped(places):
    assert as_installed(places.tools, ["/usr/bin/env", "x"]) == ["/usr/bin/env", "x"]


def test_another_suite_is_read_alone_and_has_its_own_folder(
    places, package, tmp_path, monkeypatch
):
    other = Extra(
        "hold-sample",
        ("hold-sample-program",),
        "the next release",
        suite="next",
        folder="sample-2",
    )
    build = f'dpkg-deb --build --root-owner-group "{package}" sample.deb >/dev/null'
    alone = "*Dir::Etc::sourceparts=/dev/null*"
    download = f'case "$*" in {alone}) {build} ;; *) exit 100 ;; esac'
    monkeypatch.delenv("HOLDFAST_DEBIAN_MIRROR", raising=False)
    mirrors = "echo http://one.example/ubuntu/; echo http://two.example/debian/"
    install_apt(tmp_path, monkeypatch, download, mirrors)
    keys = places.tools / "usr/share/keyrings/debian-archive-keyring.gpg"
    keys.parent.mkdir(parents=True)
    keys.touch()

    fetched = fetch_extra(places, other)

    assert find_mirror() == "http://two.example/debian"
    assert fetched.program == places.tools / "sample-2/usr/bin/hold-sample-program"
    assert not list(places.tools.glob("apt-*"))
    assert find_program(places, EXTRA) is None


def test_an_apt_without_a_debian_mirror_names_the_setting(
    places, tmp_path, monkeypatch
):
    other = Extra("hold-sample", ("hold-sample-program",), "", suite="next", folder="2")
    monkeypatch.delenv("HOLDFAST_DEBIAN_MIRROR", raising=False)
    install_apt(tmp_path, monkeypatch, "exit 1", "echo http://one.example/ubuntu/")

    assert "HOLDFAST_DEBIAN_MIRROR" in fetch_extra(places, other).said


def test_only_its_own_release_counts_for_another_suite(places):
    other = Extra("sh", ("sh",), "the next release", suite="next", folder="sh-2")

    assert find_program(places, other) is None
