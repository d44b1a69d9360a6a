"""The Unix socket on which the CNI plug-in announces the address of a new pod.

The request is one line of JSON, `{"uid": …, "address": …}`; so is the response,
`{"kept": true}` once the rules know the pod. A pod still unknown at the timeout
does not start.
"""

import socketserver
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lab.cluster.policies.store import Store

PATIENCE_SECONDS: Final = 5.0
_LONGEST: Final = 4096


class Announcement(Struct, frozen=True):
    """A pod and its address."""

    uid: str
    address: str


class Answer(Struct, frozen=True):
    """Whether rules that know the pod are loaded."""

    kept: bool


class _Visit(socketserver.StreamRequestHandler):
    server: "Server"

    def handle(self) -> None:
        said = msgspec.json.decode(self.rfile.readline(_LONGEST), type=Announcement)
        kept = self.server.store.announce(
            said.uid, said.address, seconds=PATIENCE_SECONDS
        )
        self.wfile.write(msgspec.json.encode(Answer(kept)) + b"\n")


class Server(socketserver.ThreadingUnixStreamServer):
    """Listens once it is created; `serve_forever` answers."""

    daemon_threads = True

    def __init__(self, path: Path, store: Store) -> None:
        self.store = store
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        super().__init__(str(path), _Visit)
        path.chmod(0o600)
