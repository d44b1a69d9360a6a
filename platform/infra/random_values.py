"""Random values for secret settings that only programs use."""

import base64
import secrets
import string
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ALPHABET: Final = string.ascii_letters + string.digits
LENGTH: Final = 40
KEY_BYTES: Final = 32
VALID: Final = timedelta(days=3650)
"""Certificates are not renewed: set a new pair, and both sides roll."""
PLUGIN_HOST: Final = "barman-cloud"


def password() -> str:
    """Return letters and digits only: passwords appear in URLs, scripts and files."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def token_keys() -> str:
    """Return one signing key with the id `one`."""
    return f"one:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def server_pair() -> str:
    """Return a private key and its self-signed certificate for a TLS server."""
    return _pair(PLUGIN_HOST, ExtendedKeyUsageOID.SERVER_AUTH)


def client_pair() -> str:
    """Return a private key and its self-signed certificate for a TLS client."""
    return _pair(f"{PLUGIN_HOST}-client", ExtendedKeyUsageOID.CLIENT_AUTH)


def _pair(name: str, usage: x509.ObjectIdentifier) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + VALID)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
        )
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return (
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(pem)
    ).decode()
