"""Each node's own branch of the host's control groups, version 1 or 2."""

from pathlib import Path
from typing import Final

from cluster.addresses import Machine

CGROUPS: Final = Path("/sys/fs/cgroup")
WEIGHTS: Final = {"cpu.shares": 4096, "cpu.weight": 400}
"""Four times the default of version 1 and of version 2.

On a machine of its own the pods' group stands beside the few groups of the system. Here
it stands beside every process of control plane and daemons, and of whoever calls: at
the default all pods of a node together would get as much as one of those.
"""


def cgroup_of(node: Machine) -> str:
    """The node's own branch of the control groups, so that two nodes do not mix."""
    return f"/holdfast-{node.name}"


def plant_cgroups(node: Machine) -> None:
    """Make the node's branch in every controller, with its weight; kubelets need it."""
    for controller in _controllers():
        branch = controller / cgroup_of(node).lstrip("/")
        branch.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            source, own = controller / name, branch / name
            if source.is_file() and own.is_file() and not own.read_text().strip():
                own.write_text(source.read_text())
        for name, weight in WEIGHTS.items():
            if (branch / name).is_file():
                (branch / name).write_text(str(weight))


def fell_cgroups(node: Machine) -> bool:
    """Remove the node's branch; False while something still runs in it."""
    for path in left_cgroups(node):
        branch = Path(path)
        inner = sorted(p for p in branch.rglob("*") if p.is_dir())
        for group in (*reversed(inner), branch):
            try:
                group.rmdir()
            except OSError:
                return False
    return True


def left_cgroups(node: Machine) -> list[str]:
    """Branches that exist, by path."""
    name = cgroup_of(node).lstrip("/")
    return [str(c / name) for c in _controllers() if (c / name).is_dir()]


def _controllers() -> list[Path]:
    """One folder a controller with version 1, the only one with version 2."""
    if (CGROUPS / "cgroup.controllers").is_file():
        return [CGROUPS]
    return [p for p in CGROUPS.iterdir() if p.is_dir() and not p.is_symlink()]
