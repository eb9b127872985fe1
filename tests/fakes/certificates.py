"""Certificates of a made-up authority: good ones, expired ones, and ones for another name.

authority = Authority(folder)
context = authority.server("127.0.0.1", most=ssl.TLSVersion.TLSv1_2)
… ca_file=authority.ca_file
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


class Authority:
    """One that nobody trusts but who names `ca_file`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca_file = folder / "authority.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of the tests")])
        now = datetime.now(UTC)
        made = self._begin(self._name, self._key.public_key(), now - 100 * DAY, now + DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.ca_file.write_bytes(self._sign(made))

    def server(
        self, address: str = "127.0.0.1", *, expired: bool = False, most: ssl.TLSVersion | None = None
    ) -> ssl.SSLContext:
        """A server's context; `most`: the newest TLS that it speaks."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        end = now - DAY if expired else now + DAY
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server of the tests")])
        made = self._begin(name, key.public_key(), now - 10 * DAY, end)
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        path = self.folder / f"{address}-{expired}-{most}.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(secret + self._sign(made.add_extension(names, critical=False)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        if most is not None:
            context.minimum_version = ssl.TLSVersion.TLSv1  # of old servers; OpenSSL's level 2 forbids its ciphers
            context.maximum_version = most
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
        return context

    def _begin(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, begin: datetime, end: datetime
    ) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder(self._name, name, key, x509.random_serial_number(), begin, end)
        own = x509.SubjectKeyIdentifier.from_public_key(key)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return made.add_extension(own, critical=False).add_extension(authority, critical=False)

    def _sign(self, made: x509.CertificateBuilder) -> bytes:
        return made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
