"""A server with a cluster's discovery responses, and a kubeconfig for it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
KINDS = {
    "postgresql.cnpg.io/v1": ["clusters"],
    "barmancloud.cnpg.io/v1": ["objectstores"],
    "argoproj.io/v1alpha1": ["rollouts"],
    "keda.sh/v1alpha1": ["scaledobjects"],
    "gateway.networking.k8s.io/v1": ["httproutes"],
    "cert-manager.io/v1": ["certificates"],
    "external-secrets.io/v1": ["externalsecrets"],
}


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a cluster; by default all that any stack needs."""

    minor: str = "36"
    classes: dict[str, bool] = msgspec.field(default_factory=lambda: {"standard": True})
    """By name, whether it is the default."""
    kinds: dict[str, list[str]] = msgspec.field(default_factory=lambda: KINDS)

    def answers(self) -> dict[str, Any]:
        """Return an API server's responses by path."""
        return {
            "/version/": {
                "major": "1",
                "minor": self.minor,
                "gitVersion": f"v1.{self.minor}.3",
                **dict.fromkeys(
                    (
                        "buildDate",
                        "compiler",
                        "gitCommit",
                        "gitTreeState",
                        "goVersion",
                        "platform",
                    ),
                    "-",
                ),
            },
            "/apis/storage.k8s.io/v1/storageclasses": {
                "kind": "StorageClassList",
                "apiVersion": "storage.k8s.io/v1",
                "metadata": {},
                "items": [
                    {
                        "metadata": {
                            "name": name,
                            "annotations": {DEFAULT_CLASS: str(default).lower()},
                        },
                        "provisioner": "example.org/disk",
                    }
                    for name, default in self.classes.items()
                ],
            },
            **{
                f"/apis/{version}": {
                    "kind": "APIResourceList",
                    "groupVersion": version,
                    "resources": [resource(name) for name in names],
                }
                for version, names in self.kinds.items()
            },
        }


def resource(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "kind": name,
        "namespaced": True,
        "singularName": "",
        "verbs": ["get"],
    }


@contextmanager
def clusters(fits: dict[str, Fit], folder: Path) -> Iterator[Path]:
    """Serve such clusters; yield a kubeconfig in `folder` with a context for each.

    The first is the current context.
    """
    servers = {name: serving(fit) for name, fit in fits.items()}
    path = folder / "kubeconfig"
    addresses = {
        name: f"http://127.0.0.1:{server.server_port}"
        for name, server in servers.items()
    }
    path.write_text(kubeconfig(addresses), encoding="utf-8")
    try:
        yield path
    finally:
        for server in servers.values():
            server.shutdown()
            server.server_close()


def serving(fit: Fit) -> ThreadingHTTPServer:
    """Serve the responses of a cluster that is `fit`."""
    answers = fit.answers()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answers.get(self.path)
            body = json.dumps(found or {"kind": "Status", "code": 404}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing: it would clutter the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def kubeconfig(addresses: dict[str, str]) -> str:
    """Return a kubeconfig by cluster name; the first is the current context."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": next(iter(addresses)),
            "users": [{"name": "anybody", "user": {}}],
            "clusters": [
                {"name": name, "cluster": {"server": address}}
                for name, address in addresses.items()
            ],
            "contexts": [
                {"name": name, "context": {"cluster": name, "user": "anybody"}}
                for name in addresses
            ],
        }
    )
