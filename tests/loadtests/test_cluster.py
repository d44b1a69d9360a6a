"""Addresses of a platform on Kubernetes under load."""

import json

import pytest

from loadtests.addresses import PlatformNotFound
from loadtests.cluster import find_pods, reached
from tests.fake_programs import write_program

# A fake kubectl for one pod: lists it, or prints its forwarded port.
KUBECTL = """\
import pathlib, sys, time
if "get" in sys.argv:
    print(pathlib.Path({pods!r}).read_text())
elif "port-forward" in sys.argv:
    print({line!r}, flush=True)
    time.sleep(60)
"""


def pod(name, *, ready=True, **meta):
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    ports = [
        {"name": "http", "containerPort": 8000},
        {"name": "metrics", "containerPort": 8101},
    ]
    return {
        "metadata": {"name": name, **meta},
        "spec": {"containers": [{"ports": ports}]},
        "status": {"conditions": [condition]},
    }


@pytest.fixture
def publish(tmp_path):
    def publish(*pods, line="Forwarding from 127.0.0.1:4711 -> 8101"):
        kubectl = tmp_path / "kubectl"
        pods_file = str(tmp_path / "pods.json")
        write_program(kubectl, KUBECTL.format(pods=pods_file, line=line))
        (tmp_path / "pods.json").write_text(json.dumps({"items": [*pods]}))
        document = {
            "kubectl": str(kubectl),
            "kubeconfig": "x",
            "namespace": "app",
            "data_namespace": "data",
            "database": {"monitor": {"name": "monitor", "password": "secret"}},
            "redis": {},
            "api": {"url": "http://127.0.0.1:8000/"},
        }
        (tmp_path / "platform.json").write_text(json.dumps(document))
        return tmp_path / "platform.json"

    return publish


def test_each_ready_non_terminating_pod_has_a_page():
    listed = {
        "items": [
            pod("api-a"),
            pod("api-b", ready=False),
            pod("api-c", deletionTimestamp="now"),
        ]
    }

    assert find_pods(listed) == {"pod/api-a": 8101}


def test_the_pages_are_reachable_until_the_block_ends(publish):
    with reached(publish(pod("api-a"), pod("api-b"))) as addresses:
        assert addresses.host == "http://127.0.0.1:8000"
        assert addresses.metrics == ("http://127.0.0.1:4711/metrics",) * 2


def test_an_instance_that_joins_is_read_from_then_on(publish):
    file = publish(pod("api-a"))
    with reached(file) as addresses:
        publish(pod("api-a"), pod("api-b"))

        assert len(addresses.pages()) == 2
        assert len(addresses.pages()) == 2


def test_an_instance_that_left_is_not_read(publish):
    with reached(publish(pod("api-a"), pod("api-b"))) as addresses:
        publish(pod("api-b"))

        assert len(addresses.pages()) == 1


def test_a_busy_instance_is_still_read(publish):
    with reached(publish(pod("api-a"))) as addresses:
        publish(pod("api-a", ready=False))

        assert addresses.pages() == addresses.metrics


def test_an_unpublished_cluster_is_reported(tmp_path):
    with (
        pytest.raises(PlatformNotFound, match="no platform is published"),
        reached(tmp_path / "platform.json"),
    ):
        pass


def test_a_cluster_without_a_ready_pod_is_reported(publish):
    with (
        pytest.raises(PlatformNotFound, match="no API pod is ready"),
        reached(publish()),
    ):
        pass


def test_a_port_forward_that_fails_is_reported(publish):
    closed = publish(pod("api-a"), line="error: pod not found")

    with pytest.raises(PlatformNotFound, match="pod not found"), reached(closed):
        pass
