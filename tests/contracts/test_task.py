"""`./task` starts from any folder, with any locale, and without a home."""

import os
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
LISTED = "verify"


def run_task(program: Path, folder: Path, **changes: str | None):
    """Run `./task` without a task's name, which lists the tasks."""
    environment = {**os.environ, **{k: v for k, v in changes.items() if v is not None}}
    for name in (name for name, value in changes.items() if value is None):
        environment.pop(name, None)
    return subprocess.run(
        [program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@pytest.mark.parametrize("home", [None, "", "/nonexistent", "/proc"])
def test_a_missing_or_read_only_home_is_replaced_by_a_folder_of_the_checkout(
    home, tmp_path
):
    done = run_task(CHECKOUT / "task", tmp_path, HOME=home)

    assert done.returncode == 0, done.stderr
    assert LISTED in done.stdout


def test_a_symbolic_link_in_another_folder_leads_to_the_checkout(tmp_path):
    link = tmp_path / "a link"
    link.symlink_to(CHECKOUT / "task")

    done = run_task(link, tmp_path)

    assert done.returncode == 0, done.stderr
    assert LISTED in done.stdout


@pytest.mark.parametrize("locale", ["C", "POSIX", "de_DE.ISO-8859-1"])
def test_an_eight_bit_locale_changes_nothing(locale, tmp_path):
    done = run_task(CHECKOUT / "task", tmp_path, LC_ALL=locale, LANG=locale)

    assert done.returncode == 0, done.stderr
    assert LISTED in done.stdout


def test_an_environment_of_another_path_is_not_used(tmp_path):
    """Programs in .venv name their interpreter by its path."""
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("task", "requirements", "local", "pyproject.toml"):
        (moved / name).symlink_to(CHECKOUT / name)
    (moved / "task").unlink()
    (moved / "task").write_bytes((CHECKOUT / "task").read_bytes())
    (moved / "task").chmod(0o755)
    environment = moved / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "holdfast.stamp").write_text("1 2\n/another/path\n")
    python = environment / "bin" / "python"
    python.write_text("#!/bin/sh\necho used >&2\nexit 3\n")
    python.chmod(0o755)
    empty = tmp_path / "empty"
    empty.mkdir()
    for name in ("sh", "readlink", "dirname", "cat", "cksum", "tail", "id"):
        found = next(
            Path(p, name) for p in ("/bin", "/usr/bin") if Path(p, name).exists()
        )
        (empty / name).symlink_to(found)

    done = run_task(moved / "task", tmp_path, PATH=str(empty))

    assert done.returncode == 1
    assert "Python 3.11 to 3.14 is needed" in done.stderr
    assert "used" not in done.stderr
