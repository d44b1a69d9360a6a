"""A small fake platform, which keeps, loses, repeats or delays on request."""

import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from chaos.api_client import ApiClient
from chaos.ledger.client import LedgerClient
from chaos.ledger.journal import Ledger
from chaos.ledger.watcher import ReportWatcher


def uuid7_at(milliseconds: int, number: int) -> str:
    text = f"{milliseconds:012x}7{number:03x}8000000000000000"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


@dataclass
class FaultyPlatform:
    """The API's event routes over memory; each set is a planted defect."""

    stored: list[dict] = field(default_factory=list)
    reports: dict[str, dict] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    lose: set[str] = field(default_factory=set)
    repeat: set[str] = field(default_factory=set)
    fail_before: set[str] = field(default_factory=set)
    fail_after: set[str] = field(default_factory=set)
    answer_delay_seconds: float = 0.0
    builds: dict[str, int] = field(default_factory=dict)
    done_after_seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def store(self, event: dict) -> str:
        key = event["client_id"]
        if any(known["client_id"] == key for known in self.stored):
            return "duplicate"
        if key not in self.lose:
            self.stored += [event] * (2 if key in self.repeat else 1)
        return "accepted"

    def promise(self, key: str) -> str:
        if key not in self.by_key:
            number = len(self.by_key) + 1
            report = uuid7_at(int(time.time() * 1000), number)
            self.by_key[key] = report
            if key not in self.lose:
                self.reports[report] = {"key": key, "at": time.monotonic()}
        return self.by_key[key]

    def view(self, report_id: str) -> dict | None:
        report = self.reports.get(report_id)
        if report is None:
            return None
        done = time.monotonic() - report["at"] >= self.done_after_seconds
        builds = self.builds.get(report["key"], 1) if done else 0
        state = "done" if done else "waiting"
        return {"id": report_id, "state": state, "builds": builds}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    platform: FaultyPlatform

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Idempotency-Key") or body.get("client_id", "")
        platform = self.platform
        time.sleep(platform.answer_delay_seconds)
        with platform.lock:
            if key in platform.fail_before:
                platform.fail_before.discard(key)
                self.answer(HTTPStatus.SERVICE_UNAVAILABLE, {})
                return
            status, answer = self.write(body, key)
            if key in platform.fail_after:
                platform.fail_after.discard(key)
                self.answer(HTTPStatus.SERVICE_UNAVAILABLE, {})
                return
        self.answer(status, answer)

    def write(self, body: dict, key: str) -> tuple[HTTPStatus, dict]:
        if self.path.endswith("/auth/register"):
            return HTTPStatus.CREATED, {
                "access_token": "token",
                "organization": {"id": "organization"},
            }
        if self.path.endswith("/reports"):
            return HTTPStatus.ACCEPTED, {"id": self.platform.promise(key)}
        if self.path.endswith("/batch"):
            events = body["events"]
            results = [
                {"client_id": e["client_id"], "status": self.platform.store(e)}
                for e in events
            ]
            return HTTPStatus.OK, {"results": results}
        said = self.platform.store(body)
        status = HTTPStatus.CREATED if said == "accepted" else HTTPStatus.OK
        return status, {"client_id": key, "status": said}

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if "/reports/" in url.path:
            view = self.platform.view(url.path.rpartition("/")[2])
            self.answer(HTTPStatus.OK if view else HTTPStatus.NOT_FOUND, view or {})
            return
        query = parse_qs(url.query)
        start, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        data = self.platform.stored[start : start + limit]
        more = start + limit < len(self.platform.stored)
        cursor = str(start + limit) if more else None
        self.answer(HTTPStatus.OK, {"data": data, "next_cursor": cursor})

    def answer(self, status: HTTPStatus, body: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Keep the test output free of access logs."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments: object) -> None:
        """Ignore errors of clients that timed out; tests provoke them."""


@pytest.fixture
def faulty() -> FaultyPlatform:
    return FaultyPlatform()


@pytest.fixture
def url(faulty: FaultyPlatform) -> Iterator[str]:
    handler = type("BoundHandler", (Handler,), {"platform": faulty})
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def timeout_seconds() -> float:
    return 5.0


@pytest.fixture
async def api(url: str, timeout_seconds: float) -> AsyncIterator[ApiClient]:
    async with ApiClient(url, timeout_seconds=timeout_seconds) as api:
        yield api


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "journal.jsonl") as ledger:
        yield ledger


@pytest.fixture
def client(api: ApiClient, ledger: Ledger) -> LedgerClient:
    return LedgerClient(api, ledger)


@pytest.fixture
def watcher(api: ApiClient, ledger: Ledger) -> ReportWatcher:
    return ReportWatcher(api, ledger)
