"""The choice of the node to cut off, and its healing after every exit."""

import json
import sys

import pytest

from chaos.environments.cluster.pods import Pod
from chaos.environments.cluster.published import load_cluster
from chaos.environments.environment import EnvironmentUnsuitable
from chaos.environments.kubernetes import KubernetesEnvironment
from chaos.faults.nodes import (
    CommandFailed,
    choose_node,
    find_successor,
    node_cut_off,
)


def member(number, node, role="replica"):
    return Pod(
        name=f"holdfast-{number}",
        namespace="data",
        uid=str(number),
        node=node,
        labels={"cnpg.io/instanceRole": role},
        ready=True,
    )


def members(*nodes):
    """Return the members; the first is the primary."""
    first, *rest = nodes
    replicas = [member(number, node) for number, node in enumerate(rest, start=2)]
    return [member(1, first, "primary"), *replicas]


BOTH = {"node-1": None, "node-2": None}


@pytest.mark.parametrize(
    ("nodes", "cuttable", "chosen"),
    [
        (("node-2", "node-1", "node-1"), BOTH, "node-2"),
        (("node-1", "node-1", "node-2"), {"node-2": None}, "node-2"),
        (("node-1", "node-1", "node-1"), {"node-2": None}, "node-2"),
        (("node-1", "node-2", "node-3"), BOTH, "node-1"),
    ],
)
def test_the_primarys_node_is_chosen_if_the_others_can_take_over(
    nodes, cuttable, chosen
):
    assert choose_node(members(*nodes), cuttable)[0] == chosen


@pytest.mark.parametrize("cuttable", [{"node-2": None}, {}])
def test_a_node_with_the_majority_of_members_is_not_cut_off(cuttable):
    with pytest.raises(EnvironmentUnsuitable, match="2 of 3 members must be left"):
        choose_node(members("node-1", "node-2", "node-2"), cuttable)


@pytest.mark.parametrize(
    ("nodes", "cuttable", "successor"),
    [
        (("node-2", "node-1", "node-1"), BOTH, None),
        (("node-1", "node-1", "node-2"), BOTH, "holdfast-3"),
        (("node-1", "node-1", "node-1"), {"node-2": None}, None),
    ],
)
def test_a_member_alone_on_its_node_is_promoted_first(nodes, cuttable, successor):
    found = find_successor(members(*nodes), cuttable)

    assert (found and found.name) == successor


def leave(file, word):
    """Return a command that appends a word to a file."""
    program = f"open({str(file)!r}, 'a').write({word!r})"
    return [sys.executable, "-c", program]


@pytest.fixture
def scene(tmp_path):
    """Return a cluster with given members and a file as its node."""

    def make(cut):
        file = tmp_path / "node"
        document = {
            "kubeconfig": "",
            "kubectl": "kubectl",
            "namespace": "app",
            "data_namespace": "data",
            "api": {"url": "http://127.0.0.1:1"},
            "database": {"monitor": {"name": "monitor", "password": "x"}},
            "redis": {},
            "machine": {},
            "nodes": {
                "node-2": {
                    "cut": cut or leave(file, "cut "),
                    "heal": leave(file, "heal"),
                }
            },
        }
        (tmp_path / "platform.json").write_text(json.dumps(document))
        platform = load_cluster(tmp_path / "platform.json")

        class Scene(KubernetesEnvironment):
            async def database_pods(self):
                return members("node-2", "node-1", "node-1")

        return Scene(platform), file

    return make


async def test_a_node_is_cut_and_healed_even_if_the_block_raises(scene):
    cluster, file = scene(None)

    with pytest.raises(RuntimeError):
        async with node_cut_off(cluster):
            raise RuntimeError

    assert file.read_text() == "cut heal"


async def test_a_failed_cut_is_reported_and_healed(scene):
    cluster, file = scene([sys.executable, "-c", "raise SystemExit('no such node')"])

    with pytest.raises(CommandFailed, match="no such node"):
        async with node_cut_off(cluster):
            pytest.fail("nothing is cut off")

    assert file.read_text() == "heal"


@pytest.mark.parametrize(
    ("renewed", "acts"), [("2026-01-01", True), ("2999-01-01", False)]
)
async def test_a_node_with_a_recent_lease_is_no_evidence(scene, renewed, acts):
    cluster, _ = scene(None)

    async def get(_path):
        return {"spec": {"renewTime": f"{renewed}T00:00:00.000000Z"}}

    cluster.api.get = get
    async with node_cut_off(cluster) as fault_record:
        assert bool(await fault_record.evidence()) is acts
