"""A small cluster as text: pods, namespaces, and policies as YAML."""

from ipaddress import IPv4Address

import msgspec
import pytest

from lab.cluster.policies.evaluation import World, evaluate
from lab.cluster.policies.kinds import Namespace, Pod, Policy

NODE = "here"
OUTSIDE = "198.51.100.7"
_RUNNING = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="session")
def make_pod():
    """Return a pod `namespace/name`; `number` ends its address."""

    def make(  # noqa: PLR0913 - what a pod consists of
        path, number, labels=None, *, node=NODE, ports=(), phase="Running", **spec
    ):
        namespace, _, name = path.partition("/")
        return msgspec.convert(
            {
                "metadata": {
                    "name": name,
                    "namespace": namespace,
                    "uid": path,
                    "labels": labels or {},
                    "creationTimestamp": spec.pop("created", _RUNNING),
                },
                "spec": {"nodeName": node, "containers": [{"ports": ports}], **spec},
                "status": {"phase": phase, "podIP": f"198.19.1.{number}"},
            },
            Pod,
        )

    return make


@pytest.fixture(scope="session")
def make_namespace():
    def make(name, labels=None):
        named = {"kubernetes.io/metadata.name": name, **(labels or {})}
        return msgspec.convert({"metadata": {"name": name, "labels": named}}, Namespace)

    return make


@pytest.fixture(scope="session")
def make_policy():
    """Return a policy of a namespace, from the text of its spec."""

    def make(spec, namespace="default", name="policy"):
        head = {"name": name, "namespace": namespace, "uid": f"{namespace}/{name}"}
        return msgspec.convert(
            {"metadata": head, "spec": msgspec.yaml.decode(spec)}, Policy
        )

    return make


@pytest.fixture(scope="session")
def make_world(make_namespace):
    """Return pods and policies; namespaces without labels unless they are given."""

    def make(pods, policies, namespaces=()):
        named = {n.metadata.name for n in namespaces}
        bare = {p.metadata.namespace for p in pods} - named
        return World(
            pods=pods,
            namespaces=[*namespaces, *map(make_namespace, sorted(bare))],
            policies=policies,
        )

    return make


def admits(permits, peer, protocol, port):
    """Return whether permits, or their absence, let this peer through."""
    number = int(IPv4Address(peer))
    return permits is None or any(
        permit.peers.first <= number <= permit.peers.last
        and permit.protocol in (None, protocol)
        and permit.ports.first <= port <= permit.ports.last
        for permit in permits
    )


@pytest.fixture
def cluster(make_pod, make_namespace, make_world):
    """Two namespaces of pods, one with a label; evaluates policies over them."""
    named = [
        {"name": "web", "containerPort": 8080},
        {"name": "metrics", "containerPort": 9100},
        {"name": "dns", "containerPort": 53, "protocol": "UDP"},
    ]
    pods = {
        "db": make_pod("default/db", 1, {"role": "db"}, ports=named),
        "frontend": make_pod("default/frontend", 2, {"role": "frontend"}),
        "client": make_pod("friends/client", 3, {"role": "client"}),
        "stranger": make_pod("friends/stranger", 4, {"role": "stranger"}),
        "dns": make_pod(
            "kube-system/dns",
            5,
            {"k8s-app": "kube-dns"},
            node="elsewhere",
            ports=[{"name": "dns", "containerPort": 1053, "protocol": "UDP"}],
        ),
        "namesake": make_pod("other/client", 6, {"role": "client"}),
    }
    friends = make_namespace("friends", {"project": "friends"})

    class Cluster:
        def __init__(self):
            self.pods = pods

        def judge(self, *policies, of="db"):
            world = make_world(list(self.pods.values()), policies, [friends])
            found = {g.address: g for g in evaluate(world, "here")}
            return found[self.pods[of].status.address]

        def entering(self, *policies, protocol="tcp", port=8080):
            """Return the pods that may connect to the database at this port."""
            return self.admitted(self.judge(*policies).entering, protocol, port)

        def leaving(self, *policies, protocol="tcp", port=8080):
            """Return the pods that the database may connect to at this port."""
            return self.admitted(self.judge(*policies).leaving, protocol, port)

        def admitted(self, permits, protocol, port):
            everybody = {n: p.status.address for n, p in self.pods.items()}
            everybody["outside"] = OUTSIDE
            return {
                name
                for name, address in everybody.items()
                if name != "db" and admits(permits, address, protocol, port)
            }

    return Cluster()
