"""A client of the API, configured by one of our kubeconfigs."""

import base64
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import msgspec
from msgspec import Struct

_CONNECT_SECONDS: Final = 5.0


class _Cluster(Struct, rename="kebab"):
    server: str
    certificate_authority_data: str


class _User(Struct, rename="kebab"):
    client_certificate_data: str
    client_key_data: str


class _NamedCluster(Struct):
    cluster: _Cluster


class _NamedUser(Struct):
    user: _User


class _Kubeconfig(Struct):
    clusters: tuple[_NamedCluster]
    users: tuple[_NamedUser]


def connect(kubeconfig: Path, *, seconds: float) -> httpx.Client:
    """Return a client of the API that stops waiting after `seconds` of silence.

    The kubeconfig is one of `write_kubeconfig`: one cluster, one user, JSON, with
    all data inline.
    """
    told = msgspec.json.decode(kubeconfig.read_bytes(), type=_Kubeconfig)
    cluster, user = told.clusters[0].cluster, told.users[0].user
    authority = base64.b64decode(cluster.certificate_authority_data).decode()
    trust = ssl.create_default_context(cadata=authority)
    pair = (user.client_certificate_data, user.client_key_data)
    with _file_of(b"".join(map(base64.b64decode, pair))) as identity:
        trust.load_cert_chain(identity)
    return httpx.Client(
        base_url=cluster.server,
        verify=trust,
        timeout=httpx.Timeout(seconds, connect=_CONNECT_SECONDS),
        trust_env=False,
    )


@contextmanager
def _file_of(secret: bytes) -> Iterator[str]:
    """Return a file in memory: ssl reads keys only from files."""
    handle = os.memfd_create("identity")
    try:
        os.write(handle, secret)
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)
