"""Paths of the cluster's programs: compiled here, or from a Debian package."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from lab.cluster.shell import CommandFailed, run

PACKAGES: Final = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "etcd": "etcd-server",
    "etcdctl": "etcd-client",
    "ip": "iproute2",
    "nft": "nftables",
    "conntrack": "conntrack",
}
"""A program and the Debian package that has it."""
PLUGINS: Final = Path("/usr/lib/cni")
"""Where Debian's containernetworking-plugins are."""


class Programs(Struct, frozen=True):
    """Paths of the machines' programs."""

    kube_apiserver: str
    kube_controller_manager: str
    kube_scheduler: str
    kubelet: str
    kube_proxy: str
    kubectl: str
    containerd: str
    ctr: str
    etcd: str
    etcdctl: str


def missing_packages() -> list[str]:
    """Return the Debian packages that this machine lacks for its own cluster."""
    lacking = {package for name, package in PACKAGES.items() if not shutil.which(name)}
    if not (PLUGINS / "bridge").is_file():
        lacking.add("containernetworking-plugins")
    return sorted(lacking)


def install_packages(packages: Sequence[str]) -> None:
    """Install them with apt, as root; raises CommandFailed. Starts no service."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends"]
    try:
        run([*install, *packages], environment=quiet, seconds=600)
    except CommandFailed:
        run(["apt-get", "update", "-qq"], seconds=300)
        run([*install, *packages], environment=quiet, seconds=600)


def find_programs(compiled: Sequence[Path]) -> Programs:
    """Return all programs; raises FileNotFoundError for a missing one."""
    path = os.pathsep.join([*map(str, compiled), os.environ["PATH"], "/usr/sbin"])

    def find(name: str) -> str:
        found = shutil.which(name, path=path)
        if found is None:
            raise FileNotFoundError(name)
        return found

    return Programs(
        kube_apiserver=find("kube-apiserver"),
        kube_controller_manager=find("kube-controller-manager"),
        kube_scheduler=find("kube-scheduler"),
        kubelet=find("kubelet"),
        kube_proxy=find("kube-proxy"),
        kubectl=find("kubectl"),
        containerd=find("containerd"),
        ctr=find("ctr"),
        etcd=find("etcd"),
        etcdctl=find("etcdctl"),
    )
