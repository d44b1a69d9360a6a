"""The agent as a node runs it: a process, an API with outages, real traffic."""

import json
import signal
import subprocess
import sys
import time

import pytest

from lab.cluster.policies import cni_plugin

DENY = {"podSelector": {}, "policyTypes": ["Ingress"]}
SOON = 20.0
"""Timeout of a test; the agent on an idle machine needs a tenth."""


def soon(check):
    """Return whether it became true before the timeout."""
    deadline = time.monotonic() + SOON
    while not (found := check()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


@pytest.fixture
def start(wires, api, tmp_path):
    """Starts an agent in the node's network; ends all of them afterwards."""
    started = []

    def run():
        command = [
            *("nsenter", f"--net=/run/netns/{wires.space('node')}"),
            *(sys.executable, "-m", "lab.cluster.policies"),
            f"--kubeconfig={api.kubeconfig}",
            "--node=here",
            f"--pods={wires.pods}",
            f"--socket={tmp_path / 'door'}",
        ]
        with (tmp_path / "log").open("ab") as log:
            keeper = subprocess.Popen(command, stdout=log, stderr=log)
        started.append(keeper)
        assert soon((tmp_path / "door").is_socket), said(tmp_path)
        return keeper

    yield run
    for keeper in started:
        keeper.kill()
        keeper.wait()


def said(tmp_path):
    return (tmp_path / "log").read_text(encoding="utf-8")


def plug(tmp_path, uid, address, *, command="ADD"):
    """Return the plug-in's response to the container runtime, and its exit code."""
    result = {"cniVersion": "0.4.0", "ips": [{"address": f"{address}/24"}]}
    told = {"cniVersion": "0.4.0", "socket": str(tmp_path / "door")}
    done = subprocess.run(
        [sys.executable, "-IS", cni_plugin.__file__],
        env={"CNI_COMMAND": command, "CNI_ARGS": f"IgnoreUnknown=1;K8S_POD_UID={uid}"},
        input=json.dumps({**told, "prevResult": result}),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout or "null")


@pytest.fixture
def populated(api, wires):
    for name in ("db", "api", "guest"):
        api.put_pod(f"default/{name}", wires.address(name))
    return api


def test_a_node_is_closed_until_everything_is_listed(start, populated, wires, tmp_path):
    populated.refuse(403)
    start()
    assert soon(lambda: "403" in said(tmp_path))
    at_first = wires.reach("guest", "db")

    populated.answer()

    assert not at_first
    assert soon(lambda: wires.reach("guest", "db"))


def test_a_policy_is_enforced_as_soon_as_it_exists_and_until_it_is_deleted(
    start, populated, wires
):
    start()
    assert soon(lambda: wires.reach("guest", "db"))

    populated.put_policy("deny", DENY)
    assert soon(lambda: not wires.reach("guest", "db"))

    populated.remove_policy("deny")
    assert soon(lambda: wires.reach("guest", "db"))


def test_an_outage_changes_no_rule_and_its_changes_are_applied_afterwards(
    start, populated, wires, tmp_path
):
    populated.put_policy("deny", DENY)
    start()
    assert soon(lambda: "3 closed directions" in said(tmp_path))

    populated.refuse(503)
    assert soon(lambda: "503" in said(tmp_path))
    during = wires.reach("guest", "db")
    populated.remove_policy("deny")
    populated.answer()

    assert not during
    assert soon(lambda: wires.reach("guest", "db"))


def test_a_watch_that_the_api_expired_is_restarted(start, populated, wires, tmp_path):
    start()
    assert soon(lambda: wires.reach("guest", "db"))

    populated.forget()
    assert soon(lambda: "WatchBroken" in said(tmp_path))
    populated.put_policy("deny", DENY)

    assert soon(lambda: not wires.reach("guest", "db"))


def test_rules_outlive_their_agent_and_the_next_one_takes_them_over(
    start, populated, wires, tmp_path
):
    populated.put_policy("deny", DENY)
    keeper = start()
    assert soon(lambda: "3 closed directions" in said(tmp_path))

    keeper.send_signal(signal.SIGKILL)
    keeper.wait()
    populated.refuse(503)
    start()

    assert soon(lambda: "rules of a keeper before stay" in said(tmp_path))
    assert not wires.reach("guest", "db")
    assert wires.reach("db", "outside")


def test_rules_that_another_program_removed_come_back(
    start, populated, wires, tmp_path
):
    populated.put_policy("deny", DENY)
    start()
    assert soon(lambda: "3 closed directions" in said(tmp_path))

    wires.load("delete table inet holdfast-policy")

    assert soon(lambda: "loaded again" in said(tmp_path))
    assert not wires.reach("guest", "db")


def test_a_change_is_logged_in_one_line_and_no_change_in_none(
    start, populated, wires, tmp_path
):
    start()
    assert soon(lambda: "3 pods" in said(tmp_path))
    before = said(tmp_path).splitlines()

    populated.put_pod("default/db", wires.address("db"), labels={"new": "label"})
    populated.put_policy("deny", DENY)

    assert soon(lambda: len(said(tmp_path).splitlines()) > len(before))
    (line,) = said(tmp_path).splitlines()[len(before) :]
    assert "3 pods, 3 closed directions, 0 permits" in line


def test_a_pod_starts_once_its_rules_are_loaded(start, api, wires, tmp_path):
    api.put_pod("default/db", "")
    api.put_pod("default/guest", wires.address("guest"))
    api.put_policy("deny", {**DENY, "podSelector": {"matchLabels": {"is": "closed"}}})
    start()
    assert soon(lambda: "1 pods" in said(tmp_path))
    assert not wires.reach("guest", "db")

    code, answer = plug(tmp_path, "default/db", wires.address("db"))

    assert code == 0
    assert answer["ips"] == [{"address": "198.19.1.2/24"}]
    assert wires.reach("guest", "db")


def test_a_pod_that_the_agent_does_not_know_does_not_start(start, api, tmp_path):
    api.put_pod("default/guest", "")
    start()

    code, answer = plug(tmp_path, "default/unheard-of", "198.19.1.2")

    assert code == 1
    assert answer["code"] == 11
    assert "does not know" in answer["msg"]


def test_without_an_agent_no_pod_starts(tmp_path):
    code, answer = plug(tmp_path, "default/db", "198.19.1.2")

    assert (code, answer["code"]) == (1, 11)


def test_without_an_agent_pods_still_end(tmp_path):
    assert plug(tmp_path, "default/db", "198.19.1.2", command="DEL") == (0, None)


def test_a_runtime_that_names_no_pod_gets_an_error(tmp_path):
    code, answer = plug(tmp_path, "", "198.19.1.2")

    assert code == 1
    assert "does not say which pod" in answer["msg"]


def test_the_plugin_lists_its_supported_versions(tmp_path):
    _, answer = plug(tmp_path, "", "198.19.1.2", command="VERSION")

    assert "0.4.0" in answer["supportedVersions"]
