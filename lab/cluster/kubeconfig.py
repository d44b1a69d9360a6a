"""Kubeconfig files: API address, certificate authority and identity."""

import base64
from pathlib import Path

import msgspec

from lab.cluster.addresses import API_URL
from lab.cluster.certificates import Identity

CONTEXT = "holdfast"


def write_kubeconfig(file: Path, certificates: Path, identity: Identity) -> None:
    """Write a private, self-contained kubeconfig of one identity."""

    def inline(name: str) -> str:
        return base64.b64encode((certificates / name).read_bytes()).decode()

    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [
            {
                "name": CONTEXT,
                "cluster": {
                    "server": API_URL,
                    "certificate-authority-data": inline("ca.crt"),
                },
            }
        ],
        "users": [
            {
                "name": identity.user,
                "user": {
                    "client-certificate-data": inline(f"{identity.file}.crt"),
                    "client-key-data": inline(f"{identity.file}.key"),
                },
            }
        ],
        "contexts": [
            {
                "name": CONTEXT,
                "context": {"cluster": CONTEXT, "user": identity.user},
            }
        ],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1))
