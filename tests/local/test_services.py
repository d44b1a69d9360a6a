"""Command lines that fixtures of other packages use, run for real."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis as redis_client

from local import postgres, redis
from local.binaries import find_binaries
from local.unprivileged import as_unprivileged

PASSWORD = "throw:away\\password"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def until(holds) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def accepts(port: int, passfile: Path) -> bool:
    try:
        connect(port, passfile).close()
    except psycopg.OperationalError:
        return False
    return True


def connect(port: int, passfile: Path) -> psycopg.Connection:
    where = postgres.connection_string(port=port, passfile=passfile)
    return psycopg.connect(where, autocommit=True)


@pytest.fixture(scope="module")
def passfile(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("secrets") / "pgpass"
    file.write_text(postgres.passfile_line(PASSWORD))
    file.chmod(0o600)
    return file


def test_a_standby_streams_what_the_primary_commits(tmp_path, passfile):
    binaries = find_binaries().postgres
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    initdb = postgres.initdb_command(
        binaries, data=tmp_path / "primary", password_file=password
    )
    subprocess.run(initdb, check=True, capture_output=True)
    port, standby_port = free_port(), free_port()
    primary = postgres.server_command(binaries, data=tmp_path / "primary", port=port)

    with running(primary):
        until(lambda: accepts(port, passfile))
        copy = postgres.base_backup_command(
            binaries, data=tmp_path / "standby", primary_port=port, passfile=passfile
        )
        subprocess.run(copy, check=True)
        standby = postgres.server_command(
            binaries, data=tmp_path / "standby", port=standby_port
        )
        with running(standby):
            until(lambda: accepts(standby_port, passfile))
            with connect(port, passfile) as writer:
                writer.execute("create table written (number int)")
                writer.execute("insert into written values (7)")
                until(lambda: streamed(standby_port, passfile) == [(7,)])
                checksums = writer.execute("show data_checksums").fetchone()

    assert checksums == ("on",)


def streamed(port: int, passfile: Path) -> list[tuple]:
    with connect(port, passfile) as reader:
        try:
            return reader.execute("select number from written").fetchall()
        except psycopg.errors.UndefinedTable:
            return []


@pytest.mark.parametrize(
    ("settings", "policy"),
    [(redis.BROKER, "noeviction"), (redis.CACHE, "allkeys-lru")],
)
def test_redis_serves_with_its_password_and_policy(tmp_path, settings, policy):
    port = free_port()
    configuration = tmp_path / "redis.conf"
    configuration.write_text(
        redis.redis_configuration(
            folder=tmp_path, port=port, password="sesame", settings=settings
        )
    )
    command = redis.redis_command(
        find_binaries().redis_server, configuration=configuration
    )

    with running([*command, "--logfile", "/dev/null"]):
        stranger = redis_client.Redis(port=port)
        until(lambda: answers(stranger))
        with pytest.raises(redis_client.AuthenticationError):
            stranger.ping()
        client = redis_client.Redis(port=port, password="sesame", decode_responses=True)

        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": policy}
        client.close()
        stranger.close()


def answers(client: redis_client.Redis) -> bool:
    try:
        client.ping()
    except redis_client.AuthenticationError:
        return True
    except redis_client.ConnectionError:
        return False
    return True


def test_a_wrapped_command_is_not_root():
    said = subprocess.run(
        as_unprivileged(["id", "-u"]), check=True, capture_output=True, text=True
    )

    assert said.stdout.strip() != "0"
