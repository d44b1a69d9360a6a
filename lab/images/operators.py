"""Images around one static program each, with upstream's layout."""

import platform
from typing import Final

from lab.images.image import Binary, Image, Packages, Script
from lab.images.services import BASE

STATIC: Final = Packages(("ca-certificates", "netbase", "tzdata"))
"""System files that a static program needs: authorities, zones, names of protocols."""
NONROOT: Final = "nonroot:65532"
BARMAN: Final = "manager-barman"
_MACHINES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
ARCHITECTURE: Final = _MACHINES.get(platform.machine(), platform.machine())
"""This machine's architecture, in the common notation of images and Debian."""


def _around(  # noqa: PLR0913 - each is one line of the image
    name: str,
    tag: str,
    about: str,
    program: Binary,
    *,
    arguments: tuple[str, ...] = (),
    account: str = NONROOT,
) -> Image:
    return Image(
        name=name,
        tag=tag,
        about=about,
        files=STATIC,
        program=program,
        account=account,
        command=(program.links[0][0] if program.links else program.at, *arguments),
    )


_CNPG: Final = f"/operator/manager_{ARCHITECTURE}"
_KEDA_LOGS: Final = ("--zap-log-level=info", "--zap-encoder=console")

OPERATORS: Final = (
    _around(
        "cnpg-operator",
        "1.30.0",
        "CloudNativePG's operator, and what its instances copy into themselves",
        Binary("manager-cnpg", _CNPG, links=(("/manager", _CNPG.removeprefix("/")),)),
    ),
    _around(
        "barman-plugin",
        "0.14.0",
        "CloudNativePG's plug-in for backups to object storage",
        Binary(BARMAN, "/manager"),
    ),
    Image(
        name="barman-sidecar",
        tag="0.14.0",
        about="the plug-in beside an instance, with barman-cloud for S3",
        files=Packages(
            (
                *BASE,
                "barman-cli-cloud",
                "ca-certificates",
                "python3-boto3",
                # Restoring unpacks with these.
                "gzip",
                "tar",
                "tzdata",
            ),
            suite="forky",
        ),
        program=Binary(BARMAN, "/manager"),
        # On PATH before barman's own program of that name.
        script=Script("wal_restore.py", "/usr/local/bin/barman-cloud-wal-restore"),
        account="postgres:26",
        command=("/manager",),
        environment=(("LANG", "C.UTF-8"), ("PATH", "/usr/local/bin:/usr/bin")),
    ),
    _around(
        "argo-rollouts",
        "1.9.1",
        "Argo Rollouts' controller",
        Binary("rollouts-controller", "/bin/rollouts-controller"),
        account="rollouts:999",
    ),
    _around(
        "keda",
        "2.21.0",
        "KEDA's operator",
        Binary("keda-operator", "/keda"),
        arguments=_KEDA_LOGS,
    ),
    _around(
        "keda-adapter",
        "2.21.0",
        "KEDA's server of external metrics",
        Binary("keda-adapter", "/keda-adapter"),
        arguments=("--secure-port=6443", *_KEDA_LOGS),
    ),
    _around(
        "metrics-server",
        "0.8.0",
        "metrics-server",
        Binary("metrics-server", "/metrics-server"),
        account="nobody:65534",
    ),
    _around(
        "coredns",
        "1.15.0",
        "CoreDNS",
        Binary("coredns", "/coredns", low_ports=True),
    ),
    _around(
        "versitygw",
        "1.8.0",
        "an S3 server over a folder",
        Binary("versitygw", "/usr/bin/versitygw"),
    ),
    _around(
        "local-path",
        "0.0.30",
        "makes volumes of folders of a node",
        Binary("local-path", "/usr/bin/local-path-provisioner"),
    ),
)
