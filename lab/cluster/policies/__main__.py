"""`python -m lab.cluster.policies`: keeps the policies of the network it runs in."""

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
    """Keep the node's rules until killed; the rules outlive it.

    Parameters
    ----------
    kubeconfig: as whom to read pods, namespaces and policies.
    node: whose pods are guarded.
    pods: the node's range of addresses for pods.
    socket: where the node's network announces a pod before it starts.
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


def end_at_once(what: Any, /) -> None:  # noqa: ANN401 - as the hook has it
    """A keeper that lost a part of itself is started again as a whole."""
    sys.excepthook(what.exc_type, what.exc_value, what.exc_traceback)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(run(main))
