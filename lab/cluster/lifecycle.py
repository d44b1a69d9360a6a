"""Start and remove the whole cluster; `down` leaves nothing, even after a failure."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from lab.cluster import cabling
from lab.cluster.addons.metrics import metrics
from lab.cluster.addons.names import names
from lab.cluster.addons.policies import policies
from lab.cluster.addons.storage import storage
from lab.cluster.addresses import ALL, CONTROL, NODES
from lab.cluster.certificates import ADMIN, issue
from lab.cluster.control_groups import fell_cgroups, left_cgroups, plant_cgroups
from lab.cluster.control_plane import control_orders
from lab.cluster.images import import_image, read_images
from lab.cluster.kubeconfig import write_kubeconfig
from lab.cluster.kubectl import Kubectl
from lab.cluster.machine import folder_of, is_on, once, start, switch_off, wait
from lab.cluster.node import node_orders
from lab.cluster.places import Places
from lab.cluster.programs import Programs

READY_SECONDS = "180s"
_EMPTY_SECONDS = 10.0

Say = Callable[[str], None]


class AlreadyUp(Exception):
    """A cluster of this machine runs, or left something behind."""


def up(places: Places, programs: Programs, say: Say) -> None:
    """Start two nodes with DNS, metrics and storage; on failure leave nothing.

    Raises AlreadyUp, ImagesMissing, MachineFailed or CommandFailed.
    """
    images = read_images(places)
    if left := leftovers(places):
        raise AlreadyUp(f"{left[0]} exists: run ./task cluster:down first")
    with ExitStack() as undo:
        undo.callback(down, places)
        say("network, certificates")
        cabling.lay()
        issue(places.certificates)
        write_kubeconfig(places.kubeconfig, places.certificates, ADMIN)
        say("control plane: etcd, API server, controllers, scheduler")
        _switch_on_control(places, programs)
        say("nodes: " + ", ".join(node.name for node in NODES))
        _switch_on_nodes(places, programs)
        kubectl = Kubectl(programs.kubectl, places.kubeconfig)
        say(f"{len(images)} images into {len(NODES)} nodes")
        for image in images:
            import_image(places, programs, image)
        say("names, metrics, storage")
        volumes = places.home / "volumes"
        kubectl.apply([*policies(), *names(), *metrics(), *storage(volumes)])
        wait_until_ready(kubectl)
        undo.pop_all()


def wait_until_ready(kubectl: Kubectl) -> None:
    """Wait until every node and every add-on is ready; raises CommandFailed."""
    asked = f"--timeout={READY_SECONDS}"
    nodes = [f"node/{node.name}" for node in NODES]
    kubectl("wait", *nodes, "--for=create", asked, seconds=200)
    kubectl("wait", *nodes, "--for=condition=Ready", asked, seconds=200)
    words = ("-n", "kube-system", "wait", "deployment", "--all")
    kubectl(*words, "--for=condition=Available", asked, seconds=200)


def down(places: Places) -> None:
    """Remove everything of the cluster; safe to repeat, and after a partial `up`.

    Pulumi's state is removed too: it would be wrong for the next cluster.
    """
    for machine in reversed(ALL):
        switch_off(places, machine)
    cabling.clear()
    for machine in ALL:
        once(partial(fell_cgroups, machine), seconds=_EMPTY_SECONDS)
    volumes = places.home / "volumes"
    for folder in (places.machines, places.certificates, volumes, places.pulumi):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (places.kubeconfig, places.published, places.before):
        file.unlink(missing_ok=True)


def leftovers(places: Places) -> list[str]:
    """Describe what exists of a cluster on this machine; empty when it is down."""
    return [
        *(f"machine {m.name}" for m in ALL if is_on(places, m)),
        *cabling.leftovers(),
        *(f"control group {path}" for m in ALL for path in left_cgroups(m)),
        *(f"folder {p}" for p in (places.machines, places.certificates) if p.exists()),
    ]


def _switch_on_control(places: Places, programs: Programs) -> None:
    folder_of(places, CONTROL).mkdir(parents=True, exist_ok=True)
    orders = control_orders(places, programs)
    plant_cgroups(CONTROL)
    start(places, CONTROL, orders)
    wait(places, CONTROL, orders)


def _switch_on_nodes(places: Places, programs: Programs) -> None:
    told = {node.name: node_orders(places, programs, node) for node in NODES}
    for node in NODES:
        plant_cgroups(node)
        start(places, node, told[node.name])
    for node in NODES:
        wait(places, node, told[node.name])
