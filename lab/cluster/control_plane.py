"""Daemons of the control machine: etcd, the API server, controllers, the scheduler."""

from pathlib import Path
from typing import Final

from lab.cluster.addresses import (
    API_PORT,
    CONTROL,
    PODS,
    SERVICES,
)
from lab.cluster.certificates import (
    API,
    CONTROLLERS,
    FRONT,
    SCHEDULER,
    TO_KUBELETS,
    Identity,
)
from lab.cluster.control_groups import daemons_of
from lab.cluster.daemons import Daemon, Orders
from lab.cluster.kubeconfig import write_kubeconfig
from lab.cluster.machine import folder_of
from lab.cluster.places import Places
from lab.cluster.programs import Programs

_ETCD: Final = "http://127.0.0.1:2379"


def control_orders(places: Places, programs: Programs) -> Orders:
    """Return the control machine's orders; write the kubeconfigs that they name."""
    folder = folder_of(places, CONTROL)
    files = places.certificates
    return Orders(
        logs=str(folder / "logs"),
        said=str(folder / "said"),
        private=(),
        daemons=(
            _etcd(folder, programs),
            _api(files, programs, places.kubeconfig),
            _controllers(folder, files, programs),
            _scheduler(folder, files, programs),
        ),
        groups=daemons_of(CONTROL),
    )


def _etcd(folder: Path, programs: Programs) -> Daemon:
    """Return etcd without fsync: its data need not outlive the cluster."""
    command = (
        programs.etcd,
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={_ETCD}",
        f"--advertise-client-urls={_ETCD}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--unsafe-no-fsync",
        "--logger=zap",
        "--log-level=warn",
    )
    ready = ("env", "ETCDCTL_API=3", programs.etcdctl, "endpoint", "health")
    return Daemon("etcd", command, ready)


def _api(files: Path, programs: Programs, kubeconfig: Path) -> Daemon:
    options = {
        "etcd-servers": _ETCD,
        "bind-address": str(CONTROL.address),
        "advertise-address": str(CONTROL.address),
        "secure-port": str(API_PORT),
        "service-cluster-ip-range": str(SERVICES),
        "client-ca-file": str(files / "ca.crt"),
        **_pair("tls-cert-file", "tls-private-key-file", files, API),
        **_pair("kubelet-client-certificate", "kubelet-client-key", files, TO_KUBELETS),
        "service-account-key-file": str(files / "service-accounts.pub"),
        "service-account-signing-key-file": str(files / "service-accounts.key"),
        "service-account-issuer": "https://kubernetes.default.svc",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "allow-privileged": "true",
        # Without it `logs` and `exec` try to resolve the node's name.
        "kubelet-preferred-address-types": "InternalIP",
        # The control machine has no kube-proxy: connect to the pods directly.
        "enable-aggregator-routing": "true",
        "requestheader-client-ca-file": str(files / "ca.crt"),
        "requestheader-allowed-names": FRONT.user,
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        **_pair("proxy-client-cert-file", "proxy-client-key-file", files, FRONT),
        "profiling": "false",
    }
    ask = (programs.kubectl, f"--kubeconfig={kubeconfig}", "get", "--raw=/readyz")
    return Daemon("kube-apiserver", _command(programs.kube_apiserver, options), ask)


def _controllers(folder: Path, files: Path, programs: Programs) -> Daemon:
    kubeconfig = folder / "kube-controller-manager.kubeconfig"
    write_kubeconfig(kubeconfig, files, CONTROLLERS)
    options = {
        "kubeconfig": str(kubeconfig),
        "root-ca-file": str(files / "ca.crt"),
        "service-account-private-key-file": str(files / "service-accounts.key"),
        "use-service-account-credentials": "true",
        "cluster-signing-cert-file": str(files / "ca.crt"),
        "cluster-signing-key-file": str(files / "ca.key"),
        "cluster-cidr": str(PODS),
        "allocate-node-cidrs": "false",
        "leader-elect": "false",
        "profiling": "false",
    }
    return Daemon(
        "kube-controller-manager", _command(programs.kube_controller_manager, options)
    )


def _scheduler(folder: Path, files: Path, programs: Programs) -> Daemon:
    kubeconfig = folder / "kube-scheduler.kubeconfig"
    write_kubeconfig(kubeconfig, files, SCHEDULER)
    options = {
        "kubeconfig": str(kubeconfig),
        "leader-elect": "false",
        "profiling": "false",
    }
    return Daemon("kube-scheduler", _command(programs.kube_scheduler, options))


def _command(program: str, options: dict[str, str]) -> tuple[str, ...]:
    return (program, *(f"--{name}={value}" for name, value in options.items()))


def _pair(
    certificate: str, key: str, files: Path, identity: Identity
) -> dict[str, str]:
    return {
        certificate: str(files / f"{identity.file}.crt"),
        key: str(files / f"{identity.file}.key"),
    }
