#!/usr/bin/python3 -IS
"""`barman-cloud-wal-restore` for a standby: responds before barman would load.

A standby requests about ten files between the death of its primary and the first
commit of the next, mostly files that were never archived, and barman takes about a
second of CPU time to load before it queries S3. This program queries S3 with Python's
standard library, at a twelfth of that.

Where the result is certain it returns barman's exit codes: 0 fetched, 1 not in the
archive, 2 the store cannot be reached. Barman handles all other cases: other
providers, keys that are not in the environment, other compression, unknown responses,
and every recovery that is not a standby: it ends where its archive ends, so it needs
barman's retries, while a standby asks again. A standby that was just promoted also
requests the history of its timeline, which it has.
"""

import getopt
import hashlib
import hmac
import http.client
import os
import re
import sys
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

BARMAN: Final = "/usr/bin/barman-cloud-wal-restore"
MISSING: Final = 1
UNREACHED: Final = 2
FAILED: Final = 4
SECONDS: Final = 3.0
"""Seconds without data after which the store counts as unreachable."""
FOUND: Final = 200
REGION: Final = "us-east-1"
"""The region that S3 servers without regions expect."""
EMPTY: Final = hashlib.sha256(b"").hexdigest()
_OPTIONS: Final = ["cloud-provider=", "endpoint-url="]
_WORDS: Final = 4
_GZIP: Final = 16 + zlib.MAX_WBITS
_SEGMENT: Final = re.compile(r"[0-9A-F]{24}")
_HISTORY: Final = re.compile(r"[0-9A-F]{8}\.history")
_FIRST_HISTORY: Final = "00000001.history"
_KEY: Final = re.compile(r"<Key>([^<]*)</Key>")


class Unclear(Exception):
    """This program cannot decide; barman must."""


class Keys(NamedTuple):
    """The credentials of the store."""

    known: str
    secret: str
    region: str
    token: str | None


class Question(NamedTuple):
    """The wanted file, its archive, and its destination."""

    endpoint: str
    bucket: str
    server: str
    """The archive's path in the bucket."""
    wanted: str
    target: Path

    @property
    def path(self) -> str:
        """The path of the wanted file, without a compression suffix."""
        folder = f"{self.server}/wals"
        if _SEGMENT.fullmatch(self.wanted):
            folder += f"/{self.wanted[:16]}"
        return f"{folder}/{self.wanted}"


def main(barman: str = BARMAN) -> None:
    """Answer, or become barman."""
    try:
        question = read_question(sys.argv[1:])
        require_standby(question)
        sys.exit(answer(question, read_keys(os.environ)))
    # Any other error too: Python would exit with 1, which means that it is missing.
    except Exception:  # noqa: BLE001
        become(barman)


def become(barman: str) -> None:
    """Replace this process with barman; where there is none, report a failure."""
    try:
        os.execv(barman, [barman, *sys.argv[1:]])  # noqa: S606 the vendor's own program
    except OSError as absent:
        sys.stderr.write(f"{barman} cannot be run: {absent}\n")
        sys.exit(FAILED)


def require_standby(question: Question) -> None:
    """Raise Unclear for a recovery that is not a standby.

    On promotion Postgres removes the standby signal and then requests the history that
    the new timeline continues. If the archive has none, the copy in pg_wal serves, and
    the first timeline has none (writeTimeLineHistory in its timeline.c). Barman would
    delay its opening for half a minute where the store was lost with the primary.
    """
    log = question.target.parent
    follows = (log.parent / "standby.signal").exists()
    held = _HISTORY.fullmatch(question.wanted) and (log / question.wanted).exists()
    if not follows and not held and question.wanted != _FIRST_HISTORY:
        raise Unclear


def answer(question: Question, keys: Keys) -> int:
    """Fetch the file if it is there; return barman's exit code.

    Raises Unclear, http.client.HTTPException, zlib.error, and OSError when the file
    cannot be written.
    """
    try:
        found = find(question, keys)
        if found is None:
            told = f"WAL file {question.wanted} for server {question.server}"
            sys.stderr.write(f"{told} does not exist\n")
            return MISSING
        body = ask(question, keys, f"/{question.bucket}/{found}")
    except OSError as silence:
        sys.stderr.write(f"{question.endpoint} cannot be reached: {silence}\n")
        return UNREACHED
    keep(zlib.decompress(body, _GZIP) if found.endswith(".gz") else body, question)
    return 0


def keep(body: bytes, question: Question) -> None:
    """Write the file to its destination, whole or not at all; raises OSError."""
    part = question.target.with_name(f"{question.target.name}.part")
    try:
        part.write_bytes(body)
        part.replace(question.target)
    finally:
        part.unlink(missing_ok=True)


def find(question: Question, keys: Keys) -> str | None:
    """Return the key of the archived file, None without one; raises Unclear.

    A partial segment does not count: it ends a timeline that was left, and the next
    timeline begins with a copy of it.
    """
    query = f"list-type=2&prefix={quote(question.path, safe='')}"
    listed = ask(question, keys, f"/{question.bucket}", query).decode()
    keyed: list[str] = _KEY.findall(listed)
    found = [key for key in keyed if ".partial" not in key]
    if not found:
        return None
    if found[0] not in {question.path, f"{question.path}.gz"} or len(found) > 1:
        raise Unclear
    return found[0]


def ask(question: Question, keys: Keys, path: str, query: str = "") -> bytes:
    """Return S3's response; raises Unclear, OSError, http.client.HTTPException."""
    place = urlsplit(question.endpoint)
    secure = place.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(place.netloc, timeout=SECONDS)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = signed(path, query, place.netloc, keys, stamp)
    connection.request("GET", f"{path}?{query}", headers=headers)
    answered = connection.getresponse()
    if answered.status != FOUND:
        raise Unclear
    body: bytes = answered.read()
    return body


def signed(path: str, query: str, host: str, keys: Keys, stamp: str) -> dict[str, str]:
    """Return the headers of one GET, by AWS Signature Version 4."""
    headers = {"host": host, "x-amz-content-sha256": EMPTY, "x-amz-date": stamp}
    if keys.token:
        headers["x-amz-security-token"] = keys.token
    names = ";".join(headers)
    lines = [f"{name}:{value}" for name, value in headers.items()]
    request = "\n".join(["GET", quote(path), query, *lines, "", names, EMPTY])
    scope = f"{stamp[:8]}/{keys.region}/s3/aws4_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{keys.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return headers | {
        "authorization": f"AWS4-HMAC-SHA256 Credential={keys.known}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    }


def read_question(words: Sequence[str]) -> Question:
    """Parse the CloudNativePG plug-in's arguments; raises Unclear for unknown ones."""
    try:
        given, left = getopt.getopt(list(words), "", _OPTIONS)
    except getopt.GetoptError as unknown:
        raise Unclear from unknown
    options = dict(given)
    if len(left) != _WORDS:
        raise Unclear
    where, server, wanted, target = left
    store = urlsplit(where)
    plain = _SEGMENT.fullmatch(wanted) or _HISTORY.fullmatch(wanted)
    if options.get("--cloud-provider", "aws-s3") != "aws-s3" or not plain:
        raise Unclear
    endpoint = options.get("--endpoint-url", "")
    if store.scheme != "s3" or not endpoint.startswith(("http://", "https://")):
        raise Unclear
    return Question(
        endpoint=endpoint,
        bucket=store.netloc,
        server="/".join(part for part in (store.path.strip("/"), server) if part),
        wanted=wanted,
        target=Path(target),
    )


def read_keys(said: Mapping[str, str]) -> Keys:
    """Return the keys in the environment; raises Unclear when they are missing."""
    if "AWS_CA_BUNDLE" in said or not {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    } <= set(said):
        raise Unclear
    return Keys(
        said["AWS_ACCESS_KEY_ID"],
        said["AWS_SECRET_ACCESS_KEY"],
        said.get("AWS_DEFAULT_REGION", REGION),
        said.get("AWS_SESSION_TOKEN"),
    )


if __name__ == "__main__":
    main()
