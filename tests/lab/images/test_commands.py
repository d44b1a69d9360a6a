"""The command line as a user meets it."""

import os
import shutil
import signal
import subprocess
import sys
import time

import msgspec
import pytest

from lab.images.catalogue import all_images
from lab.images.ours import CHECKOUT

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root builds images")


def test_the_list_names_every_image(command, tmp_path):
    done = command("list", "--out", tmp_path, env={**os.environ, "COLUMNS": "200"})

    assert done.returncode == 0
    for image in all_images(CHECKOUT):
        assert image.name in done.stdout


@AS_ROOT
def test_an_ordinary_user_gets_one_line_of_refusal(tmp_path):
    """Without the checkout's own environment, which that user may not read."""
    tmp_path.chmod(0o777)
    program = (
        "import os, sys; os.setuid(65534); sys.argv = ['images', 'build', 'pause'];"
        "from lab.images.commands import main; main()"
    )
    imported = f"import lab.images.commands; {program}"
    done = subprocess.run(
        [sys.executable, "-c", imported], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "root" in done.stderr


@AS_ROOT
def test_an_unknown_image_fails_before_anything_is_built(command, tmp_path):
    done = command("build", "--out", tmp_path / "out", "pause", "postgres")

    assert done.returncode == 2
    assert "postgres" in done.stderr
    assert not (tmp_path / "out").exists()


@AS_ROOT
def test_a_missing_program_is_named_before_anything_is_built(command, tmp_path):
    options = ["--out", tmp_path / "out", "--tools", tmp_path]
    done = command("build", *options, "pause", "coredns")

    assert done.returncode == 2
    assert done.stderr == f"the program coredns is missing ({tmp_path})\n"
    assert not (tmp_path / "out").exists()


@AS_ROOT
def test_a_dynamic_program_is_refused(command, tmp_path):
    shutil.copy("/usr/bin/env", tmp_path / "coredns")
    options = ["--out", tmp_path / "out", "--tools", tmp_path]
    done = command("build", *options, "coredns")

    assert done.returncode == 2
    assert "not static" in done.stderr


@AS_ROOT
def test_images_built_one_by_one_are_all_on_the_list(command, tmp_path):
    for name in ("pause", "coredns"):
        tools = tmp_path / "tools"
        tools.mkdir(exist_ok=True)
        source = CHECKOUT / "lab" / "images" / "pause.c"
        argv = ["gcc", "-static", "-o", tools / "coredns", source]
        subprocess.run(argv, check=True)
        done = command("build", "--out", tmp_path, "--tools", tools, name)
        assert done.returncode == 0, done.stderr

    listed = msgspec.json.decode((tmp_path / "images.json").read_bytes())

    assert [one["name"] for one in listed] == ["coredns", "pause"]
    for one in listed:
        assert (tmp_path / one["archive"]).stat().st_size > one["size"]
        assert one["digest"].startswith("sha256:")


@AS_ROOT
def test_an_interrupted_build_leaves_nothing(tmp_path):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    cache = tmp_path / "cache" / "holdfast" / "images"
    argv = [
        sys.executable,
        "-m",
        "lab.images",
        "build",
        "--out",
        tmp_path / "out",
        "redis",
    ]
    process = subprocess.Popen(argv, env=environment, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(cache.glob(".part-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "interrupted" in said
    assert [path for path in cache.iterdir() if path.is_dir()] == []
    assert not (tmp_path / "out").exists()
