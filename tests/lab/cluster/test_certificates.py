"""The cluster's authority: identities, signatures, private keys on disk."""

import stat

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from lab.cluster.addresses import CONTROL, NODES
from lab.cluster.certificates import ALL, API, issue


@pytest.fixture
def folder(tmp_path):
    issue(tmp_path / "certificates")
    return tmp_path / "certificates"


def certificate(folder, name):
    return x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())


@pytest.mark.parametrize("identity", ALL, ids=lambda identity: identity.file)
def test_every_identity_is_signed_by_the_authority(folder, identity):
    signed = certificate(folder, identity.file)

    signed.verify_directly_issued_by(certificate(folder, "ca"))
    (user,) = signed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert user.value == identity.user


def test_a_certificate_of_another_authority_is_refused(folder, tmp_path):
    issue(tmp_path / "other")

    with pytest.raises(InvalidSignature):
        certificate(folder, "admin").verify_directly_issued_by(
            certificate(tmp_path / "other", "ca")
        )


def test_the_api_certificate_covers_every_name_in_use(folder):
    extension = certificate(folder, API.file).extensions
    named = extension.get_extension_for_class(x509.SubjectAlternativeName).value

    assert "kubernetes.default.svc" in named.get_values_for_type(x509.DNSName)
    assert CONTROL.address in named.get_values_for_type(x509.IPAddress)


def test_each_node_is_its_own_user_in_the_group_of_nodes(folder):
    subjects = {certificate(folder, n.name).subject.rfc4514_string() for n in NODES}

    assert subjects == {f"O=system:nodes,CN=system:node:{n.name}" for n in NODES}


def test_keys_are_private(folder):
    for key in folder.glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600, key.name
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
