"""The lab's TLS certificate: a small authority and one leaf, made anew at each start and never kept.

Clients are given the authority's certificate, so their verification stays on, as it should be everywhere else.
"""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PRINCIPAL = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
"""The user principal name, among a certificate's other names."""


@dataclass(frozen=True)
class Certificate:
    """A leaf certificate with the authority that signed it. The private key stays out of every ``repr``."""

    authority: bytes
    """PEM of the authority, for clients to trust."""
    leaf: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the leaf: the channel binding ``tls-server-end-point`` of RFC 5929."""
        return self.leaf.fingerprint(hashes.SHA256())

    def server_context(self, clients: bytes | None = None) -> ssl.SSLContext:
        """A TLS context that serves this certificate, and asks for one that *clients* (PEM of an authority) signed.

        OpenSSL reads keys from files only, so the key lies in a folder of ours alone while it is read.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if clients is not None:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(cadata=clients.decode("ascii"))
        with tempfile.TemporaryDirectory(prefix="hvnet-lab-") as folder:
            pem = Path(folder) / "leaf.pem"
            pem.touch(mode=0o600)
            pem.write_bytes(_pem(self.leaf) + _key_pem(self.key))
            context.load_cert_chain(pem)
        return context


def make_client(account: str, *, valid_until: datetime | None = None) -> Certificate:
    """A fresh authority and a certificate that signs in *account*, a user principal name such as ``name@localhost``."""
    until = valid_until or datetime.now(UTC) + timedelta(days=30)
    since = min(datetime.now(UTC), until) - timedelta(days=1)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key, since, until)
    key = ec.generate_private_key(ec.SECP256R1())
    encoded = account.encode()
    principal = x509.OtherName(PRINCIPAL, b"\x0c" + bytes([len(encoded)]) + encoded)
    leaf = (
        _builder(account.partition("@")[0], authority.subject, key, since, until)
        .add_extension(x509.SubjectAlternativeName([principal]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return Certificate(_pem(authority), leaf, key)


def account_of(leaf: bytes) -> str | None:
    """The user principal name in a client's certificate (DER), by which Windows maps it to an account."""
    try:
        names = x509.load_der_x509_certificate(leaf).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, x509.ExtensionNotFound):
        return None
    values = (name.value for name in names.value.get_values_for_type(x509.OtherName) if name.type_id == PRINCIPAL)
    return next((value[2:].decode("utf-8", "replace") for value in values), None)


def make(names: Iterable[str], *, valid_until: datetime | None = None) -> Certificate:
    """A fresh authority and a leaf for *names* (host names and IP addresses), valid for 30 days by default."""
    until = valid_until or datetime.now(UTC) + timedelta(days=30)
    since = min(datetime.now(UTC), until) - timedelta(days=1)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key, since, until)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = (
        _builder("hvnet lab", authority.subject, key, since, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in dict.fromkeys(names)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(_authority_identifier(authority_key), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return Certificate(_pem(authority), leaf, key)


def _authority(key: ec.EllipticCurvePrivateKey, since: datetime, until: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hvnet lab authority")])
    return (
        _builder("hvnet lab authority", subject, key, since, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _builder(
    subject: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_identifier(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
