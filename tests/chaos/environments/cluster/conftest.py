"""Kubernetes objects as JSON, and a small API that serves them."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

APP, DATA = "holdfast", "holdfast-data"
NOON = "2026-11-20T12:00:00Z"
LATER = "2026-11-20T12:00:04Z"


def pod(name, *, uid, namespace=APP, ready=True, node="node-1", **labels):
    """Return a pod; in labels, `__` means `/` and `_` means `-`, `app` is its name."""
    named = {"app.kubernetes.io/name": labels.pop("app", name)}
    named |= {key.replace("__", "/"): value for key, value in labels.items()}
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid,
            "labels": named,
        },
        "spec": {"nodeName": node},
        "status": {
            "podIP": "192.0.2.7",
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True" if ready else "False",
                    "lastTransitionTime": LATER,
                }
            ],
            "containerStatuses": [{"state": {"running": {"startedAt": NOON}}}],
        },
    }


def workload(name, *, wanted=2, ready=2, generation=3, seen=3, **status):
    return {
        "metadata": {"name": name, "generation": generation},
        "spec": {"replicas": wanted, "template": {"old": True}},
        "status": {"readyReplicas": ready, "observedGeneration": seen, **status},
    }


def database(*, ready=3, target="holdfast-1", phase="Cluster in healthy state"):
    return {
        "metadata": {"name": "holdfast"},
        "spec": {"instances": 3},
        "status": {
            "readyInstances": ready,
            "currentPrimary": "holdfast-1",
            "targetPrimary": target,
            "phase": phase,
        },
    }


def node(name, *, ready="True"):
    conditions = [{"type": "Ready", "status": ready, "message": "kubelet says so"}]
    return {"metadata": {"name": name}, "status": {"conditions": conditions}}


@dataclass
class Cluster:
    """Objects by path; `asked` records every change, in order."""

    objects: dict[str, dict] = field(default_factory=dict)
    lists: dict[str, list[dict]] = field(default_factory=dict)
    asked: list[tuple[str, str, object]] = field(default_factory=list)
    stubborn: bool = False

    def remove(self, path: str, uid: str | None) -> HTTPStatus:
        folder, _, name = path.rpartition("/")
        for one in self.lists.get(folder, []):
            if one["metadata"]["name"] != name:
                continue
            if uid not in {None, one["metadata"].get("uid")}:
                return HTTPStatus.CONFLICT
            if not self.stubborn:
                self.lists[folder].remove(one)
            return HTTPStatus.OK
        return HTTPStatus.NOT_FOUND

    def find(self, path: str) -> dict | None:
        if path in self.objects:
            return self.objects[path]
        if path in self.lists:
            return {"items": self.lists[path]}
        folder, _, name = path.rpartition("/")
        listed = self.lists.get(folder, [])
        return next((one for one in listed if one["metadata"]["name"] == name), None)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: Cluster

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        found = self.cluster.find(url.path)
        if found is None:
            self.answer(HTTPStatus.NOT_FOUND, {"message": f"no {url.path}"})
            return
        selector = parse_qs(url.query).get("labelSelector", [""])[0]
        if selector and "items" in found:
            found = {"items": [o for o in found["items"] if selected(o, selector)]}
        self.answer(HTTPStatus.OK, found)

    def do_DELETE(self) -> None:
        asked = self.body()
        self.cluster.asked.append(("DELETE", self.path, asked))
        uid = asked.get("preconditions", {}).get("uid")
        self.answer(self.cluster.remove(self.path, uid), {"message": "deleted"})

    def do_PATCH(self) -> None:
        self.cluster.asked.append(("PATCH", self.path, self.body()))
        self.answer(HTTPStatus.OK, {})

    def do_POST(self) -> None:
        self.cluster.asked.append(("POST", self.path, self.body()))
        self.answer(HTTPStatus.CREATED, {})

    def body(self):
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def answer(self, status: HTTPStatus, body: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Keep the test output free of access logs."""


def selected(one, selector):
    labels = one["metadata"].get("labels", {})
    parts = (part.partition("=") for part in selector.split(","))
    return all(
        key in labels and (not sign or labels[key] == value)
        for key, sign, value in parts
    )


@pytest.fixture
def cluster() -> Cluster:
    """Return a healthy platform: two API pods, a worker, three members, two stores."""
    role, cnpg = "cnpg.io__instanceRole", "cnpg.io__cluster"
    members = [
        pod(f"holdfast-{n}", uid=f"d{n}", namespace=DATA, **{role: r, cnpg: "holdfast"})
        for n, r in ((1, "primary"), (2, "replica"), (3, "replica"))
    ]
    apps = "/apis/apps/v1/namespaces/{}/{}"
    argo = f"/apis/argoproj.io/v1alpha1/namespaces/{APP}/rollouts"
    cnpg_path = f"/apis/postgresql.cnpg.io/v1/namespaces/{DATA}/clusters/holdfast"
    return Cluster(
        objects={cnpg_path: database()},
        lists={
            f"/api/v1/namespaces/{APP}/pods": [
                pod("api-a", uid="a1", app="api"),
                pod("api-b", uid="a2", app="api"),
                pod("worker-a", uid="w1", app="worker"),
            ],
            f"/api/v1/namespaces/{DATA}/pods": [
                *members,
                pod("broker-0", uid="b0", namespace=DATA, app="broker"),
                pod("broker-1", uid="b1", namespace=DATA, app="broker"),
                pod("cache-x", uid="c0", namespace=DATA, app="cache"),
            ],
            apps.format(APP, "deployments"): [workload("worker")],
            apps.format(APP, "statefulsets"): [],
            apps.format(DATA, "deployments"): [workload("cache", wanted=1, ready=1)],
            apps.format(DATA, "statefulsets"): [workload("broker", wanted=3, ready=3)],
            argo: [
                workload("api", phase="Healthy", stableRS="h1", currentPodHash="h1")
            ],
            "/api/v1/nodes": [node("node-1"), node("node-2")],
        },
    )


@pytest.fixture
def api_url(cluster) -> Iterator[str]:
    handler = type("BoundHandler", (Handler,), {"cluster": cluster})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
