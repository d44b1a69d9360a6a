"""A branch of the host's control groups for each machine, version 1 or 2."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from lab.cluster.addresses import Machine

CGROUPS: Final = Path("/sys/fs/cgroup")
WEIGHTS: Final = {"cpu.shares": 4096, "cpu.weight": 400}
"""Weight of a machine's branch: four times the default of version 1 and of version 2.

A branch holds a whole machine, and here is beside every session and service of the
host: at the default, the pods and daemons of a machine together would get as much as
one of those. All machines weigh the same, so that busy pods leave the control plane
its share; real machines, though, would not share processors at all.
"""
_SYSTEM: Final = "system"
"""Beside the kubelet's `kubepods`, of default weight, as `system.slice` elsewhere."""


def cgroup_of(machine: Machine) -> str:
    """Return the machine's own branch of the control groups."""
    return f"/holdfast-{machine.name}"


def daemons_of(machine: Machine) -> tuple[str, ...]:
    """Return the files by which daemons join their group, where CPU is weighed."""
    return tuple(
        str(controller / cgroup_of(machine).lstrip("/") / _SYSTEM / "cgroup.procs")
        for controller in _controllers()
        if controller == CGROUPS or (controller / "cpu.shares").is_file()
    )


def plant_cgroups(machine: Machine) -> None:
    """Make the machine's branch in every controller, with its weight, for kubelets."""
    _hand_down_processors()
    for controller in _controllers():
        branch = controller / cgroup_of(machine).lstrip("/")
        branch.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            source, own = controller / name, branch / name
            if source.is_file() and own.is_file() and not own.read_text().strip():
                own.write_text(source.read_text())
        for name, weight in WEIGHTS.items():
            if (branch / name).is_file():
                (branch / name).write_text(str(weight))
    for door in daemons_of(machine):
        Path(door).parent.mkdir(exist_ok=True)


def fell_cgroups(machine: Machine) -> bool:
    """Remove the machine's branch; return False while a process still runs in it."""
    for path in left_cgroups(machine):
        branch = Path(path)
        inner = sorted(p for p in branch.rglob("*") if p.is_dir())
        for group in (*reversed(inner), branch):
            try:
                group.rmdir()
            except OSError:
                return False
    return True


def left_cgroups(machine: Machine) -> list[str]:
    """Return the paths of the branches that exist."""
    name = cgroup_of(machine).lstrip("/")
    return [str(c / name) for c in _controllers() if (c / name).is_dir()]


def _hand_down_processors() -> None:
    """Delegate `cpu` from the root: in version 2 a branch has a weight only then.

    A root that refuses belongs to another owner; then nothing is weighed.
    """
    handed_down = CGROUPS / "cgroup.subtree_control"
    if handed_down.is_file() and "cpu" not in handed_down.read_text().split():
        with suppress(OSError):
            handed_down.write_text("+cpu")


def _controllers() -> list[Path]:
    """Return one folder per controller in version 1, the only one in version 2."""
    if (CGROUPS / "cgroup.controllers").is_file():
        return [CGROUPS]
    return [p for p in CGROUPS.iterdir() if p.is_dir() and not p.is_symlink()]
