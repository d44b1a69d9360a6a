"""The environment against a small API: status, fault targets, releases, forwards."""

import json
import os
import re
import signal
import sys

import pytest

from chaos.environments.cluster.api import ApiRefused, KubernetesApi
from chaos.environments.cluster.child import Child, ChildFailed
from chaos.environments.cluster.port_forward import PortForward
from chaos.environments.cluster.published import load_cluster
from chaos.environments.environment import (
    EnvironmentUnsuitable,
    FaultTargetMissing,
    PlatformMissing,
)
from chaos.environments.kubernetes import KubernetesEnvironment, on_kubernetes
from chaos.timeline import now, wait_until

APP, DATA = "holdfast", "holdfast-data"
ROLLOUT = f"/apis/argoproj.io/v1alpha1/namespaces/{APP}/rollouts/api"
BROKER = f"/apis/apps/v1/namespaces/{DATA}/statefulsets/broker"
NODE = {"cut": ["true"], "heal": ["true"]}
DOCUMENT = {
    "schema": 1,
    "kubeconfig": "/nonexistent/kubeconfig",
    "kubectl": "/nonexistent/kubectl",
    "namespace": APP,
    "data_namespace": DATA,
    "api": {"url": "http://127.0.0.1:1"},
    "database": {"monitor": {"name": "holdfast_monitor", "password": "secret"}},
    "redis": {
        "broker": {
            "workload": "statefulsets/broker",
            "pods": "app.kubernetes.io/name=broker",
            "door": "app.kubernetes.io/name=broker-proxy",
            "password": "secret",
        },
        "cache": {
            "workload": "deployments/cache",
            "pods": "app.kubernetes.io/name=cache",
            "door": "app.kubernetes.io/name=cache",
            "password": "secret",
        },
    },
    "machine": {"cores": 2},
    "nodes": {"node-2": NODE},
    "processes_here": False,
}

# A fake kubectl that prints its argument.
CHILD = "import sys, time; print(sys.argv[1], flush=True); time.sleep(60)"
SAYS = (sys.executable, "-c", CHILD)
# Its port is its process id, so that a renewed one is distinguishable.
NUMBERED = """
import os, time
print(f"Forwarding from 127.0.0.1:{os.getpid()}", flush=True)
time.sleep(60)
"""


@pytest.fixture
async def environment(tmp_path, api_url):
    (tmp_path / "platform.json").write_text(json.dumps(DOCUMENT))
    made = KubernetesEnvironment(load_cluster(tmp_path / "platform.json"))
    made.api.use(api_url)
    yield made
    await made.api.__aexit__(None, None, None)


@pytest.mark.parametrize(("here", "pace"), [(True, 0.5), (False, 1.0)])
def test_the_pace_is_reduced_only_for_a_cluster_on_this_machine(tmp_path, here, pace):
    file = tmp_path / "platform.json"
    file.write_text(json.dumps(DOCUMENT | {"processes_here": here}))

    assert KubernetesEnvironment(load_cluster(file)).pace == pace


def test_an_unpublished_cluster_is_reported_with_the_start_command(tmp_path):
    with pytest.raises(PlatformMissing, match="start it with `task cluster:up`"):
        load_cluster(tmp_path / "platform.json")


def test_an_invalid_published_file_names_the_field(tmp_path):
    (tmp_path / "platform.json").write_text(json.dumps(DOCUMENT | {"redis": 1}))

    with pytest.raises(PlatformMissing, match=r"\$\.redis"):
        load_cluster(tmp_path / "platform.json")


class TestLooking:
    async def test_a_healthy_platform_is_ready(self, environment):
        status = await environment.status()

        assert status.ready, status
        assert set(status.processes) == {
            *("api", "worker", "broker", "cache", "database", "node-1", "node-2")
        }
        assert environment.api_instances == ("api-a", "api-b")
        assert environment.workers == ("worker-a",)

    async def test_a_cluster_without_the_kind_rollout_has_no_rollout(
        self, environment, cluster
    ):
        del cluster.lists[ROLLOUT.rpartition("/")[0]]

        assert "api" not in (await environment.status()).processes

    @pytest.mark.parametrize(
        ("kind", "field"), [("deployments", "worker"), ("nodes", "node-2")]
    )
    async def test_one_unhealthy_part_makes_the_platform_unready(
        self, environment, cluster, kind, field
    ):
        paths = [path for path in cluster.lists if path.endswith(kind)]
        for one in (one for path in paths for one in cluster.lists[path]):
            if one["metadata"]["name"] == field:
                one["status"] = {}

        status = await environment.status()

        assert not status.ready
        assert [n for n, p in status.processes.items() if not p.healthy] == [field]

    async def test_an_api_error_makes_the_platform_unready(self, environment, cluster):
        cluster.lists.clear()
        cluster.objects.clear()

        status = await environment.status()

        assert not status.ready
        assert "kubernetes" in status.processes

    async def test_members_are_unknown_when_the_primary_does_not_respond(
        self, environment
    ):
        assert await environment.members() == []


class TestKilling:
    async def test_a_pod_is_found_by_name_in_either_namespace(
        self, environment, cluster
    ):
        [fault_target] = await environment.find("holdfast-1")
        await fault_target.kill()

        [(verb, path, options)] = cluster.asked
        assert (verb, path) == (
            "DELETE",
            f"/api/v1/namespaces/{DATA}/pods/holdfast-1",
        )
        assert options == {"gracePeriodSeconds": 0, "preconditions": {"uid": "d1"}}
        assert not fault_target.alive()

    async def test_a_store_consists_of_all_its_pods(self, environment, cluster):
        [fault_target] = await environment.find("broker")
        await fault_target.kill()

        assert {path.rpartition("/")[2] for _, path, _ in cluster.asked} == {
            "broker-0",
            "broker-1",
        }

    async def test_a_held_store_is_scaled_down_before_the_kill_and_restored_on_release(
        self, environment, cluster
    ):
        [fault_target] = await environment.find("broker")
        environment.hold("broker")
        await fault_target.kill()
        environment.release("broker")
        environment.release("broker")

        first, *_, last = cluster.asked
        assert first == ("PATCH", BROKER, {"spec": {"replicas": 0}})
        assert last == ("PATCH", BROKER, {"spec": {"replicas": 3}})
        assert len(cluster.asked) == 4

    async def test_a_held_store_without_a_kill_is_not_scaled(
        self, environment, cluster
    ):
        environment.hold("broker")
        environment.release("broker")

        assert cluster.asked == []

    async def test_a_workload_scaled_by_others_cannot_be_held(self, environment):
        with pytest.raises(EnvironmentUnsuitable, match="keep api-a"):
            environment.hold("api-a")

    async def test_an_unknown_pod_is_not_a_fault_target(self, environment):
        with pytest.raises(FaultTargetMissing, match="no pod of api-z"):
            await environment.find("api-z")

    async def test_operations_of_the_local_platform_are_refused(self, environment):
        with pytest.raises(EnvironmentUnsuitable):
            await environment.find_parts("holdfast-1")
        with pytest.raises(EnvironmentUnsuitable):
            await environment.restart("relay", {"HOLDFAST_SWEEP_SECONDS": "0"})


class TestReleases:
    CHANGE = ({"op": "add", "path": "/spec/x", "value": 1},)

    async def test_a_change_is_undone_with_its_field_owners(self, environment, cluster):
        owners = [{"manager": "pulumi"}]
        rollout = cluster.find(ROLLOUT)
        rollout["metadata"]["managedFields"] = owners

        async with environment.releases.changed(self.CHANGE) as before:
            assert before.stable == "h1"

        change, template, hand = (body for _, _, body in cluster.asked)
        assert change == list(self.CHANGE)
        assert template[0]["path"] == "/spec/template"
        assert template[0]["value"] == {"old": True}
        assert hand[0] == {
            "op": "replace",
            "path": "/metadata/managedFields",
            "value": owners,
        }

    async def test_a_change_is_undone_after_an_exception(self, environment, cluster):
        with pytest.raises(RuntimeError):
            async with environment.releases.changed(self.CHANGE):
                raise RuntimeError

        assert cluster.asked[-1][2][0]["path"] == "/spec/template"

    async def test_a_release_under_way_is_not_changed(self, environment, cluster):
        cluster.find(ROLLOUT)["status"]["currentPodHash"] = "h2"

        with pytest.raises(EnvironmentUnsuitable, match="a release is under way"):
            async with environment.releases.changed(self.CHANGE):
                pytest.fail("nothing may be released")

        assert cluster.asked == []


class TestAsking:
    async def test_an_api_error_carries_the_apis_message(self, environment):
        with pytest.raises(ApiRefused, match="no /api/v1/nowhere"):
            await environment.api.get("/api/v1/nowhere")

    async def test_a_proxy_that_exits_raises_with_its_output(self):
        api = KubernetesApi((sys.executable, "-c", "print('no such context')"))

        with pytest.raises(ChildFailed, match="no such context"):
            await api.__aenter__()

    async def test_other_environments_are_refused(self, environment):
        assert on_kubernetes(environment) is environment
        with pytest.raises(EnvironmentUnsuitable, match="local is no Kubernetes"):
            on_kubernetes(type("Elsewhere", (), {"name": "local"})())


class TestDoors:
    @staticmethod
    def leading(environment):
        """Return a port forward to a pod that may go; its port is the process id."""

        async def find():
            listed = await environment.pods(APP)
            return next((pod for pod in listed if pod.name == "api-a"), None)

        return PortForward((sys.executable, "-c", NUMBERED), find, 6379)

    async def test_a_port_forward_without_a_pod_refuses_connections(
        self, environment, cluster
    ):
        async with self.leading(environment) as forward:
            assert forward.port > 1
            cluster.lists[f"/api/v1/namespaces/{APP}/pods"].clear()
            assert await wait_until(lambda: forward.port == 1, until=now() + 10)

    async def test_a_broken_port_forward_is_renewed(self, environment):
        async with self.leading(environment) as forward:
            first = forward.port
            os.kill(first, signal.SIGKILL)
            assert await wait_until(
                lambda: forward.port not in {first, 1}, until=now() + 10
            )

    async def test_a_child_ends_when_it_is_stopped(self):
        child = await Child.start((*SAYS, "at 4711"), re.compile(r"at (\d+)"))
        alive = child.alive
        await child.stop()
        await child.stop()

        assert (alive, child.port, child.alive) == (True, 4711, False)
