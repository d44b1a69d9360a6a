"""HTTP server in this process that receives reports by the Sentry protocol."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Receives envelopes, and keeps their events and every received byte."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.bytes = b""
        self.dsn = ""

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen during the block."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        server.daemon_threads = True
        self.dsn = f"http://canary-public-key@127.0.0.1:{server.server_port}/7"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def take(self, key: str, body: bytes) -> None:
        """Read an envelope: its header line, then pairs of item header and payload."""
        self.keys.add(key)
        self.bytes += body
        lines = body.splitlines()
        for header, payload in zip(lines[1::2], lines[2::2], strict=True):
            if json.loads(header)["type"] == "event":
                self.events.append(json.loads(payload))

    def about(self, request_id: str) -> list[dict[str, Any]]:
        """Return the events of one request or of the jobs that it caused."""
        return [e for e in self.events if e["tags"].get("request_id") == request_id]

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the events with this name."""
        return [e for e in self.events if e["logentry"]["message"] == name]


def handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if self.path == "/api/7/envelope/":
                receiver.take(self.headers["X-Sentry-Auth"], body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler
