"""`python -m lab.cluster.policies`: the policy agent of the network that it runs in."""

import logging
import os
import sys
import threading
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from cyclopts import run

from lab.cluster.policies.announcing import Server
from lab.cluster.policies.connection import connect
from lab.cluster.policies.keeper import Keeper
from lab.cluster.policies.kernel import BridgeUnseen
from lab.cluster.policies.store import Store
from lab.cluster.policies.watching import PATHS, SILENCE_SECONDS, Follower
from lab.cluster.shell import CommandFailed


def main(*, kubeconfig: Path, node: str, pods: IPv4Network, socket: Path) -> int:
    """Update the node's rules until killed; the rules outlive the process.

    Parameters
    ----------
    kubeconfig: identity that reads pods, namespaces and policies.
    node: name of the node whose pods are protected.
    pods: the node's address range for pods.
    socket: where the CNI plug-in announces a pod before it starts.
    """
    threading.excepthook = end_at_once
    logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(message)s")
    log = logging.getLogger("policies")
    log.setLevel(logging.INFO)
    store = Store()
    keeper = Keeper(store, node, pods, log.info)
    try:
        keeper.close()
    except (BridgeUnseen, CommandFailed) as trouble:
        log.warning("%s", trouble)
        return 1
    server = Server(socket, store)
    client = connect(kubeconfig, seconds=SILENCE_SECONDS)
    work = [Follower(client, kind, store, log.info).follow for kind in PATHS]
    for task in (server.serve_forever, *work):
        threading.Thread(target=task, daemon=True).start()
    keeper.keep()
    return 0


def end_at_once(what: Any, /) -> None:  # noqa: ANN401 - the hook's signature
    """End the process when one of its threads fails: it is restarted as a whole."""
    sys.excepthook(what.exc_type, what.exc_value, what.exc_traceback)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(run(main))
