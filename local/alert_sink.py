"""The local receiver of Alertmanager's webhooks: it prints one line per alert.

`python -m local.alert_sink HOST:PORT` prints; the supervisor writes the log.
"""

import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
from msgspec import Struct

LARGEST_BYTES = 4 * 1024**2


class Notice(Struct, frozen=True):
    """One alert in a webhook of Alertmanager."""

    status: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Webhook(Struct, frozen=True):
    """The body that Alertmanager posts: the alerts of one group."""

    alerts: list[Notice]


class Door(BaseHTTPRequestHandler):
    """Accepts webhooks at any path and prints their alerts."""

    def do_GET(self) -> None:
        """Answer health checks."""
        self._answer(HTTPStatus.OK)

    def do_POST(self) -> None:
        """Print the alerts of one webhook; the path names the intended receiver."""
        size = int(self.headers.get("Content-Length") or 0)
        if size > LARGEST_BYTES:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        try:
            webhook = msgspec.json.decode(self.rfile.read(size), type=Webhook)
        except msgspec.DecodeError:
            self._answer(HTTPStatus.BAD_REQUEST)
            return
        for notice in webhook.alerts:
            print(line(self.path.strip("/"), notice), flush=True)  # noqa: T201 - its work
        self._answer(HTTPStatus.OK)

    def log_message(self, *_: object) -> None:
        """Log no requests: the log holds only alerts."""

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def line(told: str, notice: Notice) -> str:
    """`page/api firing HoldfastApiAbsent …`: receiver, alert, runbook."""
    labels, notes = notice.labels, notice.annotations
    where = labels.get("instance") or labels.get("signal") or labels.get("slo") or ""
    words = [told, notice.status, labels.get("alertname", "unnamed"), where]
    said = f"{notes.get('summary', '')} -> {notes.get('runbook', 'no runbook')}"
    return " ".join(word for word in (*words, said) if word)


def serve(bind: str) -> None:
    """Accept webhooks until this process is stopped."""
    host, _, port = bind.rpartition(":")
    with ThreadingHTTPServer((host, int(port)), Door) as server:
        server.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1])
