"""Each planted fault of an image is reported."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lab.images.audit import faults_of
from lab.images.elf import is_elf, is_static


@pytest.fixture
def root(tmp_path):
    """A folder with nothing wrong in it."""
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "usr" / "bin" / "program").write_text("#!/bin/sh\n")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    (tmp_path / "link").symlink_to("nowhere")
    return tmp_path


def test_a_clean_folder_has_no_fault(root):
    assert faults_of(root) == []


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        (0o4755, "setuid"),
        (0o2755, "setgid"),
        (0o757, "anybody may write"),
    ],
)
def test_unsafe_file_modes_are_reported(root, mode, why):
    (root / "usr" / "bin" / "program").chmod(mode)

    (fault,) = faults_of(root)

    assert fault.startswith("/usr/bin/program")
    assert why in fault


def test_a_world_writable_folder_is_reported(root):
    (root / "tmp").chmod(0o777)

    (fault,) = faults_of(root)

    assert fault.endswith("tmp: anybody may write it")


def test_a_device_is_reported(root):
    os.mkfifo(root / "pipe")

    assert faults_of(root) == ["/pipe: neither a file nor a folder"]


@pytest.mark.parametrize(
    "tool",
    [
        "usr/bin/gcc",
        "usr/bin/pip3",
        "usr/bin/uv",
        "opt/x/lib/python3.11/site-packages/pip",
        "opt/x/lib/python3.11/site-packages/setuptools",
    ],
)
def test_programs_that_build_or_install_are_reported(root, tool):
    (root / tool).parent.mkdir(parents=True, exist_ok=True)
    (root / tool).write_text("")

    assert faults_of(root) == [f"/{tool}: builds or installs"]


def test_too_many_bytes_are_reported(root):
    size = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())

    assert faults_of(root, bound=size + 1) == []
    assert faults_of(root, bound=size) == [f"holds {size} bytes, not under {size}"]


def test_a_program_without_its_library_is_reported(tmp_path):
    """The image's own loader is used, so a copy of one system is enough."""
    for name in ("usr/bin", "usr/lib/x86_64-linux-gnu", "usr/lib64"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lib64").symlink_to("usr/lib64")
    (tmp_path / "lib").symlink_to("usr/lib")
    loader = Path("/lib64/ld-linux-x86-64.so.2")
    shutil.copy(loader.resolve(), tmp_path / "usr" / "lib64" / loader.name)
    shutil.copy("/usr/bin/env", tmp_path / "usr" / "bin")

    (fault,) = faults_of(tmp_path)

    assert fault.startswith("/usr/bin/env: ")
    assert "libc.so.6" in fault


def test_static_and_dynamic_programs_are_distinguished(tmp_path):
    source = tmp_path / "program.c"
    source.write_text("int main(void) { return 0; }")
    for name, options in (("static", ["-static"]), ("dynamic", [])):
        argv = ["gcc", *options, "-o", tmp_path / name, source]
        subprocess.run(argv, check=True)

    assert is_static(tmp_path / "static")
    assert not is_static(tmp_path / "dynamic")
    assert is_elf(tmp_path / "dynamic")
    assert not is_elf(source)
    assert not is_static(source)
