"""A seal together with the certificate that speaks for it."""

from dataclasses import dataclass

from asn1crypto import x509

from signing.admission import CertificatePath
from signing.errors import OrganMismatch
from signing.seal import Seal


@dataclass(frozen=True, slots=True)
class SealCredential:
    """A seal and the certificate that speaks for it, all DER; `chain` stands between it and the root."""

    seal: Seal
    key_name: str
    certificate: bytes
    chain: tuple[bytes, ...]
    root: bytes

    @property
    def path(self) -> CertificatePath:
        """Its certificates, the key's own first."""
        return CertificatePath(self.certificate, self.chain, self.root)

    @property
    def identifier(self) -> str:
        """The organ's number as the certificate states it (`organizationIdentifier`), or nothing."""
        found = x509.Certificate.load(self.certificate).subject.native.get("organization_identifier")
        return found if isinstance(found, str) else ""

    def __post_init__(self) -> None:
        holder = x509.Certificate.load(self.certificate).subject.native.get("organization_name")
        if holder != self.seal.holder:
            raise OrganMismatch(f"The certificate speaks for {holder}, not for {self.seal.holder}.")
