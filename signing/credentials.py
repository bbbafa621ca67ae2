"""A seal together with the certificate that speaks for it."""

from dataclasses import dataclass

from asn1crypto import x509

from signing.errors import CertificateRefused
from signing.seal import Seal


@dataclass(frozen=True, slots=True)
class SealCredential:
    """A seal and the certificate that speaks for it, all DER; `chain` stands between it and the root."""

    seal: Seal
    key_name: str
    certificate: bytes
    chain: tuple[bytes, ...]
    root: bytes

    def __post_init__(self) -> None:
        holder = x509.Certificate.load(self.certificate).subject.native.get("organization_name")
        if holder != self.seal.holder:
            raise CertificateRefused(f"The certificate speaks for {holder}, not for {self.seal.holder}.")
