"""kind and k3d: where one of them is installed, it provides the cluster."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from lab.cluster.places import CHECKOUT, Places
from lab.cluster.shell import CommandFailed, run

NAME: Final = "holdfast"
IMAGE: Final = "holdfast:local"
_CREATE_SECONDS: Final = 600.0
_BUILD_SECONDS: Final = 1200.0
_KIND_NODES: Final = """kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
  - role: worker
  - role: worker
"""

Say = Callable[[str], None]


class Vendor(Struct, frozen=True):
    """A tool that makes clusters of containers, by its own commands."""

    program: str
    create: tuple[str, ...]
    write_kubeconfig: tuple[str, ...]
    """The file is appended."""
    load: tuple[str, ...]
    delete: tuple[str, ...]
    network: str
    nodes: tuple[str, ...]
    stdin: str | None = None


KIND: Final = Vendor(
    program="kind",
    create=("create", "cluster", "--name", NAME, "--config", "-", "--wait", "180s"),
    write_kubeconfig=("export", "kubeconfig", "--name", NAME, "--kubeconfig"),
    load=("load", "docker-image", IMAGE, "--name", NAME),
    delete=("delete", "cluster", "--name", NAME),
    network="kind",
    nodes=(f"{NAME}-worker", f"{NAME}-worker2"),
    stdin=_KIND_NODES,
)
K3D: Final = Vendor(
    program="k3d",
    create=("cluster", "create", NAME, "--agents", "2", "--wait"),
    write_kubeconfig=("kubeconfig", "write", NAME, "--output"),
    load=("image", "import", IMAGE, "--cluster", NAME),
    delete=("cluster", "delete", NAME),
    network=f"k3d-{NAME}",
    nodes=(f"k3d-{NAME}-agent-0", f"k3d-{NAME}-agent-1"),
)
VENDORS: Final = (KIND, K3D)


def find_vendor() -> Vendor | None:
    """Return the first whose program is installed, if Docker answers, else None."""
    with suppress(CommandFailed):
        run(["docker", "info"], seconds=20)
        return next((v for v in VENDORS if shutil.which(v.program)), None)
    return None


def recall(places: Places) -> Vendor | None:
    """Return the vendor of the cluster that is up; None for this machine's own."""
    with suppress(FileNotFoundError):
        made_with = _note(places).read_text(encoding="utf-8")
        return next((v for v in VENDORS if v.program == made_with), None)
    return None


def up(vendor: Vendor, places: Places, say: Say) -> None:
    """Start a cluster with our image in it; on failure leave nothing.

    Raises CommandFailed.
    """
    say(f"building {IMAGE} with Docker")
    recipe = ("-f", "platform/image/Containerfile", "-t", IMAGE, ".")
    run(["docker", "build", *recipe], folder=CHECKOUT, seconds=_BUILD_SECONDS)
    say(f"creating the cluster with {vendor.program}")
    places.home.mkdir(parents=True, exist_ok=True)
    _note(places).write_text(vendor.program, encoding="utf-8")
    try:
        _run(vendor, vendor.create, stdin=vendor.stdin)
        places.kubeconfig.touch(mode=0o600)
        _run(vendor, (*vendor.write_kubeconfig, str(places.kubeconfig)))
        _run(vendor, vendor.load)
    except CommandFailed:
        down(vendor, places)
        raise


def down(vendor: Vendor, places: Places) -> None:
    """Delete the cluster; safe to repeat."""
    _run(vendor, vendor.delete)
    for file in (places.kubeconfig, places.published, _note(places)):
        file.unlink(missing_ok=True)


def cut(vendor: Vendor, node: str) -> None:
    """Disconnect a node from its network; raises CommandFailed."""
    run(["docker", "network", "disconnect", vendor.network, node])


def heal(vendor: Vendor, node: str) -> None:
    """Reconnect a node to its network; raises CommandFailed."""
    run(["docker", "network", "connect", vendor.network, node])


def _note(places: Places) -> Path:
    return places.home / "made-with"


def _run(vendor: Vendor, words: tuple[str, ...], *, stdin: str | None = None) -> None:
    command = (vendor.program, *words)
    run(command, folder=CHECKOUT, seconds=_CREATE_SECONDS, stdin=stdin)
