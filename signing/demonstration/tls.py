"""The TLS certificate that lets a phone on the local network open the demonstration."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from signing.certificates import TLS, der
from signing.demonstration.authority import CertificateAuthority, lasts, own_name
from signing.demonstration.files import write
from signing.keys import EncryptedKeyFolder


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """What a TLS server needs: certificate chain and encrypted key (PEM), and the key's passphrase."""

    certificate: Path
    key: Path
    passphrase: str

    def __repr__(self) -> str:
        return f"TlsFiles(certificate={str(self.certificate)!r})"


def certify_hosts(
    authority: CertificateAuthority,
    keys: EncryptedKeyFolder,
    path: Path,
    hosts: Sequence[str],
    *,
    now: datetime,
) -> None:
    """Write a chain (PEM) for these host names and addresses, anew when they change or it runs out."""
    wanted = [_general_name(host) for host in hosts]
    if not keys.has("tls"):
        keys.generate("tls")
    if path.exists() and _serves(path.read_bytes(), wanted, now):
        return
    made = authority.issue(
        TLS, own_name(str(wanted[0].value)), keys.public_key("tls"), now=now, alternative_names=wanted
    )
    pem = serialization.Encoding.PEM
    write(path, made.public_bytes(pem) + authority.certificate("issuing").public_bytes(pem))


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _serves(pem: bytes, names: Sequence[x509.GeneralName], now: datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(pem)
    covered = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return lasts(der(certificate), now) and set(names) <= set(covered)
