"""A minimal API server: three kinds, listed and watched, over TLS."""

import json
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from lab.cluster.certificates import ADMIN, issue
from lab.cluster.kubeconfig import write_kubeconfig

PODS = "/api/v1/pods"
NAMESPACES = "/api/v1/namespaces"
POLICIES = "/apis/networking.k8s.io/v1/networkpolicies"


class _Visit(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    server: "_Listener"

    def do_GET(self):
        path, asked = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        api = self.server.api
        if api.refusal:
            self.send_error(api.refusal)
        elif "watch" in asked:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in api.events(path, int(asked["resourceVersion"][0])):
                self._chunk(json.dumps(event).encode() + b"\n")
            self._chunk(b"")
        else:
            body = json.dumps(api.listed(path)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _chunk(self, text):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))

    def log_message(self, *_):
        """Log nothing."""


class _Listener(ThreadingHTTPServer):
    api: "ApiServer"


class ApiServer:
    """Serves the objects that the test set; its kubeconfig is in the folder."""

    def __init__(self, listening, folder: Path):
        self.refusal = 0
        self._changed = threading.Condition()
        self._items: dict[str, dict] = {PODS: {}, NAMESPACES: {}, POLICIES: {}}
        self._history: list[tuple[int, str, dict]] = []
        self._forgotten = False
        self._version = 1
        issue(folder / "certificates")
        self.kubeconfig = folder / "kubeconfig"
        write_kubeconfig(self.kubeconfig, folder / "certificates", ADMIN)
        told = json.loads(self.kubeconfig.read_text())
        port = listening.getsockname()[1]
        told["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{port}"
        self.kubeconfig.write_text(json.dumps(told))
        self._server = _Listener(("", 0), _Visit, bind_and_activate=False)
        self._server.socket.close()
        trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trust.load_cert_chain(
            folder / "certificates" / "kube-apiserver.crt",
            folder / "certificates" / "kube-apiserver.key",
        )
        trust.load_verify_locations(folder / "certificates" / "ca.crt")
        trust.verify_mode = ssl.CERT_REQUIRED
        self._server.socket = trust.wrap_socket(listening, server_side=True)
        self._server.api = self
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.put(NAMESPACES, {"metadata": {"name": "default"}})

    def close(self):
        self.refuse(503)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def refuse(self, status):
        """Refuse every request, and end every watch."""
        with self._changed:
            self.refusal = status
            self._changed.notify_all()

    def answer(self):
        self.refusal = 0

    def forget(self):
        """Report to every watch that its version is too old."""
        with self._changed:
            self._forgotten = True
            self._changed.notify_all()

    def put_pod(self, path, address, labels=None):
        space, _, name = path.partition("/")
        head = {"name": name, "namespace": space, "labels": labels or {}}
        status = {"phase": "Running", "podIP": address}
        spec = {"nodeName": "here", "containers": []}
        self.put(PODS, {"metadata": head, "spec": spec, "status": status})

    def put_policy(self, name, spec):
        head = {"name": name, "namespace": "default"}
        self.put(POLICIES, {"metadata": head, "spec": spec})

    def remove_policy(self, name):
        with self._changed:
            self._note(
                "DELETED", POLICIES, self._items[POLICIES].pop(f"default/{name}")
            )

    def put(self, path, item):
        head = item["metadata"]
        head["uid"] = f"{head.get('namespace', '')}/{head['name']}"
        with self._changed:
            kind = "MODIFIED" if head["uid"] in self._items[path] else "ADDED"
            self._items[path][head["uid"]] = item
            self._note(kind, path, item)

    def listed(self, path):
        with self._changed:
            self._forgotten = False
            version = {"resourceVersion": str(self._version)}
            return {"metadata": version, "items": list(self._items[path].values())}

    def events(self, path, version):
        """Yield events after the version as they come, until the server refuses."""
        while True:
            with self._changed:
                while self._version <= version and not self._is_over():
                    self._changed.wait()
                if self.refusal:
                    return
                if self._forgotten:
                    gone = {"kind": "Status", "code": 410, "message": "too old"}
                    yield {"type": "ERROR", "object": gone}
                    return
                fresh = [e for e in self._history if e[0] > version]
                version = self._version
            yield from (event for _, where, event in fresh if where == path)

    def _is_over(self):
        return self.refusal or self._forgotten

    def _note(self, kind, path, item):
        self._version += 1
        head = {**item["metadata"], "resourceVersion": str(self._version)}
        event = {"type": kind, "object": {**item, "metadata": head}}
        self._history.append((self._version, path, event))
        self._changed.notify_all()


@pytest.fixture
def api(wires, tmp_path):
    """A server at the node's own loopback address."""
    listening = wires.inside(
        "node", lambda: socket.create_server(("127.0.0.1", 0), backlog=16)
    )
    server = ApiServer(listening, tmp_path)
    yield server
    server.close()
