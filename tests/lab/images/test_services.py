"""The platform's services start from their images."""

import os
import subprocess

import pytest

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root builds images"),
    pytest.mark.timeout(600),
]
POSTGRES = "/usr/lib/postgresql/18/bin:/usr/bin"
LANGUAGE = "en_US.UTF-8"
SCRIPT = """
    initdb --pgdata /tmp/data --locale "$1" --auth trust >/dev/null
    echo 'select version(), datcollate from pg_database where oid = 5' |
        postgres --single -D /tmp/data postgres
    pg_controldata /tmp/data
    pg_ctl --version; pg_basebackup --version; psql --version
"""


def test_postgres_meets_cloudnativepgs_requirements(build, unpack, sealed, place):
    """Run initdb as CloudNativePG's user, in a language other than C, and SQL."""
    _, archive = build("postgresql")
    unpack(archive, place)

    done = sealed(place, 26, POSTGRES, "sh", "-euc", SCRIPT, "sh", LANGUAGE)

    assert done.returncode == 0, done.stderr
    assert "PostgreSQL 18" in done.stdout
    assert f'datcollate = "{LANGUAGE}"' in done.stdout


def test_postgres_without_a_library_is_detected(build, unpack, sealed, place):
    _, archive = build("postgresql")
    unpack(archive, place)
    for library in (place / "usr" / "lib").rglob("libicui18n*"):
        library.unlink()

    done = sealed(place, 26, POSTGRES, "postgres", "--version")

    assert done.returncode != 0


def test_a_small_image_starts(build, unpack, sealed, place):
    _, archive = build("redis")
    unpack(archive, place)

    done = sealed(place, 999, "/usr/bin", "redis-server", "--version")
    watch = sealed(place, 999, "/usr/bin", "redis-sentinel", "--version")

    assert "v=7." in done.stdout
    assert "v=7." in watch.stdout


def test_pause_ends_on_a_signal(build, unpack, place):
    _, archive = build("pause")
    unpack(archive, place)

    process = subprocess.Popen(["/usr/sbin/chroot", place, "/pause"])
    process.terminate()

    assert process.wait(timeout=10) in (0, -15)
