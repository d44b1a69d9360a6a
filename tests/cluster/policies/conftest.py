"""A small cluster in words: pods, namespaces, and policies as YAML."""

import msgspec
import pytest
from cluster.policies.evaluation import World
from cluster.policies.kinds import Namespace, Pod, Policy

NODE = "here"
_RUNNING = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="session")
def make_pod():
    """A pod `namespace/name` at the last number of its address."""

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
    """A policy of a namespace, from the text of its spec."""

    def make(spec, namespace="default", name="policy"):
        head = {"name": name, "namespace": namespace, "uid": f"{namespace}/{name}"}
        return msgspec.convert(
            {"metadata": head, "spec": msgspec.yaml.decode(spec)}, Policy
        )

    return make


@pytest.fixture(scope="session")
def make_world(make_namespace):
    """Pods and policies; namespaces without labels unless they are given."""

    def make(pods, policies, namespaces=()):
        named = {n.metadata.name for n in namespaces}
        bare = {p.metadata.namespace for p in pods} - named
        return World(
            pods=pods,
            namespaces=[*namespaces, *map(make_namespace, sorted(bare))],
            policies=policies,
        )

    return make
