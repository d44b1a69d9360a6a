"""A node's policy agent: runs before any pod, checks each, has read access only."""

import os

import msgspec
import pytest

from lab.cluster.addons.policies import policies
from lab.cluster.addresses import NODES
from lab.cluster.certificates import POLICIES, issue
from lab.cluster.node import node_orders
from lab.cluster.places import Places
from lab.cluster.programs import PLUGINS, Programs

needs_plugins = pytest.mark.skipif(
    not PLUGINS.is_dir(), reason="containernetworking-plugins is not installed"
)


@pytest.fixture
def orders(tmp_path):
    places = Places(state=tmp_path, cache=tmp_path / "cache")
    issue(places.certificates)
    return node_orders(
        places,
        Programs(**{name: name for name in Programs.__struct_fields__}),
        NODES[0],
    )


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cluster" / "machines" / NODES[0].name


@needs_plugins
def test_the_agent_is_ready_before_the_kubelet_starts_a_pod(orders):
    names = [daemon.name for daemon in orders.daemons]
    keeper = orders.daemons[names.index("policies")]

    assert names.index("policies") < names.index("kubelet")
    assert keeper.ready
    assert f"--pods={NODES[0].pods}" in keeper.command


@needs_plugins
@pytest.mark.usefixtures("orders")
def test_the_last_plugin_of_every_pods_network_asks_the_agent(folder):
    conflist = msgspec.json.decode((folder / "cni" / "10-pods.conflist").read_bytes())
    kinds = [plugin["type"] for plugin in conflist["plugins"]]

    assert kinds[-1] == "holdfast-policies"
    for kind in kinds:
        assert os.access(folder / "plugins" / kind, os.X_OK)


def test_agents_may_read_pods_namespaces_and_policies_only():
    role, binding = policies()
    verbs = {verb for rule in role["rules"] for verb in rule["verbs"]}
    kinds = {kind for rule in role["rules"] for kind in rule["resources"]}

    assert verbs == {"get", "list", "watch"}
    assert kinds == {"pods", "namespaces", "networkpolicies"}
    assert binding["subjects"][0]["name"] == POLICIES.user
    assert POLICIES.group == ""
