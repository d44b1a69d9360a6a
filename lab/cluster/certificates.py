"""The cluster's certificate authority and its certificates, new for every cluster."""

import datetime as dt
from collections.abc import Iterable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from lab.cluster.addresses import API_SERVICE, CONTROL, NODES

LIFETIME: Final = dt.timedelta(days=30)
"""Much longer than the lifetime of a cluster."""
_KEY_USAGES: Final = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)


class Identity(Struct, frozen=True):
    """A certificate's subject as Kubernetes reads it: CN is the user, O the group."""

    file: str
    user: str
    group: str = ""
    names: tuple[str, ...] = ()
    addresses: tuple[IPv4Address, ...] = ()


ADMIN: Final = Identity("admin", "holdfast-admin", "system:masters")
CONTROLLERS: Final = Identity(
    "kube-controller-manager", "system:kube-controller-manager"
)
SCHEDULER: Final = Identity("kube-scheduler", "system:kube-scheduler")
PROXY: Final = Identity("kube-proxy", "system:kube-proxy")
POLICIES: Final = Identity("policies", "holdfast:policies")
"""The network policy agents; an add-on grants their read access."""
API: Final = Identity(
    "kube-apiserver",
    "kube-apiserver",
    names=(
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    ),
    addresses=(CONTROL.address, API_SERVICE, IPv4Address("127.0.0.1")),
)
TO_KUBELETS: Final = Identity(
    "apiserver-kubelet-client", "apiserver-kubelet-client", "system:masters"
)
FRONT: Final = Identity("front-proxy-client", "front-proxy-client")
"""The API server's identity towards aggregated API servers (metrics)."""
KUBELETS: Final = tuple(
    Identity(node.name, f"system:node:{node.name}", "system:nodes") for node in NODES
)
ALL: Final = (
    ADMIN,
    CONTROLLERS,
    SCHEDULER,
    PROXY,
    POLICIES,
    API,
    TO_KUBELETS,
    FRONT,
    *KUBELETS,
)


def issue(folder: Path, identities: Iterable[Identity] = ALL) -> None:
    """Write an authority (`ca`), a key for service accounts and every identity."""
    folder.mkdir(parents=True, mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(key)
    _write(folder, "ca", key, authority)
    accounts = ec.generate_private_key(ec.SECP256R1())
    _write(folder, "service-accounts", accounts, None)
    for identity in identities:
        own = ec.generate_private_key(ec.SECP256R1())
        _write(folder, identity.file, own, _sign(identity, own, authority, key))


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = _name("holdfast-cluster", "")
    return (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def _sign(
    identity: Identity,
    own: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = _name(identity.user, identity.group)
    builder = _builder(subject, authority.subject, own.public_key()).add_extension(
        x509.ExtendedKeyUsage(_KEY_USAGES), critical=False
    )
    others = [x509.DNSName(name) for name in identity.names]
    numbers = [x509.IPAddress(address) for address in identity.addresses]
    if others or numbers:
        alternatives = x509.SubjectAlternativeName([*others, *numbers])
        builder = builder.add_extension(alternatives, critical=False)
    return builder.sign(key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
    )


def _name(user: str, group: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, user)]
    if group:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
    return x509.Name(parts)


def _write(
    folder: Path,
    name: str,
    key: ec.EllipticCurvePrivateKey,
    certificate: x509.Certificate | None,
) -> None:
    private = folder / f"{name}.key"
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    if certificate is None:
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (folder / f"{name}.pub").write_bytes(public)
    else:
        text = certificate.public_bytes(serialization.Encoding.PEM)
        (folder / f"{name}.crt").write_bytes(text)
