"""A standby gets certain responses at once, and all others from barman."""

import gzip
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from lab.images import wal_restore

SEGMENT = "0000000300000000000000A7"
FOLDER = f"holdfast/wals/{SEGMENT[:16]}"
HISTORY = "00000004.history"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "known", "AWS_SECRET_ACCESS_KEY": "secret"}
BARMAN = "#!/bin/sh\necho barman was asked: $*\nexit 7\n"


class Store(ThreadingHTTPServer):
    """The part of S3 in use: a list by prefix, and one object."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.objects = {}
        self.status = 200


class Answer(BaseHTTPRequestHandler):
    server: Store

    def do_GET(self):
        asked = urlsplit(self.path)
        objects = self.server.objects
        if asked.path == "/bucket":
            (prefix,) = parse_qs(asked.query)["prefix"]
            keys = "".join(f"<Key>{k}</Key>" for k in objects if k.startswith(prefix))
            self.give(f"<ListBucketResult>{keys}</ListBucketResult>".encode())
        else:
            self.give(objects[asked.path.removeprefix("/bucket/")])

    def give(self, body):
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Log nothing."""


@pytest.fixture
def store():
    server = Store()
    threading.Thread(target=server.serve_forever).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def data(tmp_path):
    """A standby's data folder."""
    (tmp_path / "data/pg_wal").mkdir(parents=True)
    (tmp_path / "data/standby.signal").touch()
    return tmp_path / "data"


@pytest.fixture
def restore(store, data, tmp_path):
    """Request a file as the plug-in does; a fake barman shows its call."""
    barman = tmp_path / "barman"
    barman.write_text(BARMAN)
    barman.chmod(0o755)

    def run(
        wanted,
        *,
        port=store.server_port,
        options=(),
        environment=ENVIRONMENT,
        barman=barman,
    ):
        ask = f"from lab.images.wal_restore import main; main({str(barman)!r})"
        words = ["--endpoint-url", f"http://127.0.0.1:{port}", *options]
        words += ["--cloud-provider", "aws-s3", "s3://bucket/", "holdfast"]
        argv = [sys.executable, "-c", ask, *words, wanted]
        return subprocess.run(
            [*argv, data / "pg_wal/RECOVERYXLOG"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def fetched(data):
    (only,) = (data / "pg_wal").iterdir()
    return only.name, only.read_bytes()


@pytest.mark.parametrize("wanted", [SEGMENT, HISTORY])
def test_a_file_that_was_never_archived_is_missing(restore, data, wanted):
    done = restore(wanted)

    assert done.returncode == 1
    assert f"{wanted} for server holdfast does not exist" in done.stderr
    assert not list((data / "pg_wal").iterdir())


@pytest.mark.parametrize(
    ("wanted", "key"),
    [(SEGMENT, f"{FOLDER}/{SEGMENT}"), (HISTORY, f"holdfast/wals/{HISTORY}")],
)
def test_an_archived_file_is_fetched_unchanged(restore, store, data, wanted, key):
    for name, body in ((key, b"plain"), (f"{key}.gz", gzip.compress(b"packed"))):
        store.objects = {name: body}

        assert restore(wanted).returncode == 0
        assert fetched(data) == ("RECOVERYXLOG", b"packed" if "gz" in name else body)


def test_a_partial_segment_does_not_count(restore, store):
    store.objects = {f"{FOLDER}/{SEGMENT}.partial.gz": gzip.compress(b"left")}

    assert restore(SEGMENT).returncode == 1


def test_an_unreachable_store_has_its_own_exit_code(restore, store):
    store.shutdown()
    store.server_close()

    done = restore(SEGMENT)

    assert done.returncode == 2
    assert "cannot be reached" in done.stderr


@pytest.mark.parametrize("status", [301, 403, 404, 503])
def test_a_response_that_is_no_list_is_left_to_barman(restore, store, status):
    store.status = status

    assert restore(SEGMENT).returncode == 7


@pytest.mark.parametrize(
    "names", [(f"{SEGMENT}.zst",), (SEGMENT, f"{SEGMENT}.gz")], ids=["other", "two"]
)
def test_another_compression_is_left_to_barman(restore, store, names):
    store.objects = dict.fromkeys((f"{FOLDER}/{name}" for name in names), b"")

    assert restore(SEGMENT).returncode == 7


def test_corrupt_data_is_left_to_barman(restore, store, data):
    store.objects = {f"{FOLDER}/{SEGMENT}.gz": b"torn"}

    assert restore(SEGMENT).returncode == 7
    assert not list((data / "pg_wal").iterdir())


def test_a_write_error_is_not_reported_as_missing(restore, store, data):
    store.objects = {f"{FOLDER}/{SEGMENT}": b"plain"}
    (data / "pg_wal").rmdir()

    assert restore(SEGMENT).returncode == 7


def test_a_failed_write_leaves_nothing(restore, store, data):
    store.objects = {f"{FOLDER}/{SEGMENT}": b"plain"}
    (data / "pg_wal/RECOVERYXLOG").mkdir()

    assert restore(SEGMENT).returncode == 7
    assert [left.name for left in (data / "pg_wal").iterdir()] == ["RECOVERYXLOG"]


def test_without_barman_nothing_is_reported_as_missing(restore, data, tmp_path):
    (data / "standby.signal").unlink()

    assert restore(SEGMENT, barman=tmp_path / "absent").returncode == 4


def test_a_recovery_is_left_to_barman_with_all_arguments(restore, data):
    (data / "standby.signal").unlink()

    done = restore(SEGMENT)

    assert done.returncode == 7
    assert f"s3://bucket/ holdfast {SEGMENT} {data}/pg_wal/RECOVERYXLOG" in done.stdout


@pytest.fixture
def promoted(data):
    """A promoted standby that requests the history of its old timeline again."""
    (data / "standby.signal").unlink()
    (data / "pg_wal" / HISTORY).write_bytes(b"its own")
    return data


@pytest.mark.usefixtures("promoted")
@pytest.mark.parametrize("known", [HISTORY, "00000001.history"], ids=["held", "first"])
def test_a_promoted_standby_gets_its_own_history_at_once(restore, store, known):
    """The first timeline has no history, but Postgres requests it like any other."""
    store.shutdown()
    store.server_close()

    assert restore(known).returncode == 2


def test_a_history_that_is_nowhere_is_left_to_barman(restore, promoted):
    """Without it Postgres would assume that its timeline has no parent."""
    (promoted / "pg_wal" / HISTORY).unlink()

    assert restore(HISTORY).returncode == 7


def test_a_recovery_that_has_a_segment_is_left_to_barman(restore, promoted):
    """It may be torn: an archived copy takes precedence."""
    (promoted / "pg_wal" / SEGMENT).write_bytes(b"torn")

    assert restore(SEGMENT).returncode == 7


@pytest.mark.parametrize(
    "changed",
    [
        {"options": ["--parallel", "2"]},
        {"environment": {}},
        {"environment": ENVIRONMENT | {"AWS_CA_BUNDLE": "/authorities"}},
    ],
    ids=["an option", "no keys", "authorities of its own"],
)
def test_unsupported_options_and_environments_are_left_to_barman(restore, changed):
    assert restore(SEGMENT, **changed).returncode == 7


@pytest.mark.parametrize(
    "words",
    [
        ["--cloud-provider", "azure-blob-storage"],
        ["--endpoint-url", "ftp://store"],
        [],
    ],
)
def test_other_stores_are_left_to_barman(words):
    with pytest.raises(wal_restore.Unclear):
        wal_restore.read_question([*words, "s3://bucket", "holdfast", SEGMENT, "/to"])


@pytest.mark.parametrize("wanted", ["../../secret", f"{SEGMENT}.00000028.backup", ""])
def test_other_files_are_left_to_barman(wanted):
    known = ["--endpoint-url", "http://store"]

    with pytest.raises(wal_restore.Unclear):
        wal_restore.read_question([*known, "s3://bucket", "holdfast", wanted, "/to"])


def test_an_archive_below_a_path_is_found_there():
    known = ["--endpoint-url", "http://store", "s3://bucket/deep/er/", "holdfast"]

    assert wal_restore.read_question([*known, HISTORY, "/to"]).path == (
        f"deep/er/holdfast/wals/{HISTORY}"
    )


def test_the_signature_is_that_of_the_published_example():
    """AWS, Signature Version 4 by header, example: GET Bucket (List Objects)."""
    keys = wal_restore.Keys(
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "us-east-1",
        None,
    )
    host = "examplebucket.s3.amazonaws.com"

    headers = wal_restore.signed(
        "/", "max-keys=2&prefix=J", host, keys, "20130524T000000Z"
    )

    assert headers["x-amz-content-sha256"] == wal_restore.EMPTY
    assert headers["authorization"].endswith(
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    )


def test_a_session_token_is_signed_too():
    keys = wal_restore.read_keys(ENVIRONMENT | {"AWS_SESSION_TOKEN": "token"})

    headers = wal_restore.signed("/", "", "store", keys, "20130524T000000Z")

    assert headers["x-amz-security-token"] == "token"
    assert "x-amz-date;x-amz-security-token" in headers["authorization"]
