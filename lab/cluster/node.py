"""Daemons of a node: containerd, the network policy agent, the kubelet, kube-proxy."""

import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from lab.cluster.addresses import DNS_SERVICE, PODS, Machine
from lab.cluster.cabling import POD_BRIDGE
from lab.cluster.certificates import KUBELETS, POLICIES, PROXY
from lab.cluster.control_groups import cgroup_of, daemons_of
from lab.cluster.daemons import Daemon, Orders
from lab.cluster.kubeconfig import write_kubeconfig
from lab.cluster.machine import folder_of
from lab.cluster.places import Places
from lab.cluster.policies import cni_plugin
from lab.cluster.programs import PLUGINS, Programs

SOCKET: Final = "/run/containerd/containerd.sock"
"""The kubelet's cAdvisor reads containers' labels only from this socket."""
PAUSE_IMAGE: Final = "localhost/pause:1"
DOMAIN: Final = "cluster.local"
_DOOR: Final = "/run/containerd/policies.sock"
"""In a folder that only the node sees; short, because socket paths are limited."""
_POLICY_PLUGIN: Final = "holdfast-policies"


def node_orders(places: Places, programs: Programs, node: Machine) -> Orders:
    """Return the node's orders; write every file that they name."""
    folder = folder_of(places, node)
    folder.mkdir(parents=True, exist_ok=True)
    files = places.certificates
    identity = next(kubelet for kubelet in KUBELETS if kubelet.file == node.name)
    write_kubeconfig(folder / "kubelet.kubeconfig", files, identity)
    write_kubeconfig(folder / "kube-proxy.kubeconfig", files, PROXY)
    write_kubeconfig(folder / "policies.kubeconfig", files, POLICIES)
    (folder / "resolv.conf").write_text("", encoding="utf-8")
    _lay_out_plugins(folder / "plugins")
    _write_json(folder / "cni" / "10-pods.conflist", _pod_network(folder, node))
    _write_json(folder / "kubelet.json", _kubelet(folder, files, node))
    (folder / "containerd.toml").write_text(_containerd(folder), encoding="utf-8")
    return Orders(
        logs=str(folder / "logs"),
        said=str(folder / "said"),
        private=("/run/containerd", "/run/netns"),
        daemons=(
            Daemon(
                "containerd",
                (programs.containerd, f"--config={folder / 'containerd.toml'}"),
                (programs.ctr, "version"),
            ),
            Daemon("policies", _policies_command(folder, node), ("test", "-S", _DOOR)),
            Daemon("kubelet", _kubelet_command(folder, programs, node)),
            Daemon("kube-proxy", _proxy_command(folder, programs, node)),
        ),
        groups=daemons_of(node),
    )


def _containerd(folder: Path) -> str:
    """Return a configuration of version 2, for Debian's containerd 1.6.

    `restrict_oom_score_adj`: where root may not lower a score (some sandboxes), no
    pod would start without it. AppArmor is off: not every kernel has it.
    """
    return f"""version = 2
root = "{folder / "containerd"}"
state = "/run/containerd/state"
[grpc]
  address = "{SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{folder / "plugins"}"
    conf_dir = "{folder / "cni"}"
"""


def _pod_network(folder: Path, node: Machine) -> dict[str, Any]:
    return {
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge",
                "bridge": POD_BRIDGE,
                "isGateway": True,
                "hairpinMode": True,
                "ipMasq": False,
                "ipam": {
                    "type": "host-local",
                    "dataDir": str(folder / "leases"),
                    "ranges": [[{"subnet": str(node.pods)}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
            {"type": _POLICY_PLUGIN, "socket": _DOOR},
        ],
    }


def _lay_out_plugins(folder: Path) -> None:
    """Link Debian's plug-ins and ours into one folder: containerd reads only one."""
    folder.mkdir(parents=True, exist_ok=True)
    for plugin in PLUGINS.iterdir():
        link = folder / plugin.name
        link.unlink(missing_ok=True)
        link.symlink_to(plugin)
    ours = folder / _POLICY_PLUGIN
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" -IS "{cni_plugin.__file__}"\n')
    ours.chmod(0o755)


def _kubelet(folder: Path, files: Path, node: Machine) -> dict[str, Any]:
    """Return a kubelet that never collects images: they cannot be pulled again here."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "failCgroupV1": False,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": cgroup_of(node),
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(files / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDomain": DOMAIN,
        "clusterDNS": [str(DNS_SERVICE)],
        "resolvConf": str(folder / "resolv.conf"),
        "failSwapOn": False,
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
            "nodefs.inodesFree": "1%",
        },
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "registerWithTaints": [],
        "podLogsDir": str(folder / "pod-logs"),
        "volumePluginDir": str(folder / "volume-plugins"),
    }


def _kubelet_command(
    folder: Path, programs: Programs, node: Machine
) -> tuple[str, ...]:
    return (
        programs.kubelet,
        f"--config={folder / 'kubelet.json'}",
        f"--kubeconfig={folder / 'kubelet.kubeconfig'}",
        f"--hostname-override={node.name}",
        f"--node-ip={node.address}",
        f"--root-dir={folder / 'kubelet'}",
        f"--node-labels=topology.kubernetes.io/zone={node.name}",
    )


def _policies_command(folder: Path, node: Machine) -> tuple[str, ...]:
    """Return the agent's command; it runs before the kubelet, or no pod would start."""
    return (
        *(sys.executable, "-m", "lab.cluster.policies"),
        f"--kubeconfig={folder / 'policies.kubeconfig'}",
        f"--node={node.name}",
        f"--pods={node.pods}",
        f"--socket={_DOOR}",
    )


def _proxy_command(folder: Path, programs: Programs, node: Machine) -> tuple[str, ...]:
    """Return kube-proxy's command; it leaves the host's conntrack limits alone."""
    return (
        programs.kube_proxy,
        f"--kubeconfig={folder / 'kube-proxy.kubeconfig'}",
        f"--hostname-override={node.name}",
        "--proxy-mode=nftables",
        f"--cluster-cidr={PODS}",
        "--conntrack-max-per-core=0",
        "--conntrack-tcp-timeout-established=0",
        "--conntrack-tcp-timeout-close-wait=0",
    )


def _write_json(file: Path, document: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1))
