"""What seals and signs records for an installation: the seam over demonstration and licensed seals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from signing.credentials import SealCredential
from signing.demonstration import Demonstration
from signing.keys import KeyStore
from signing.records.container import RecordCredential
from signing.records.demonstration import record_credential
from signing.seal import Seal
from signing.timestamps import TimeStampAuthority


class SealOffice(Protocol):
    """The seals of an installation with all that is needed to make and to check one."""

    @property
    def sealing_keys(self) -> KeyStore:
        """The keys of the seals and of the records."""
        ...

    @property
    def anchors(self) -> tuple[bytes, ...]:
        """Root certificates (DER) that a seal may lead to."""
        ...

    @property
    def time_stamp_anchors(self) -> tuple[bytes, ...]:
        """Root certificates (DER) that a time stamp may lead to, and a seal may not."""
        ...

    @property
    def seals(self) -> tuple[Seal, ...]:
        """Every organ's seal."""
        ...

    def check(self) -> None:
        """Return where every seal can be used. Raises KeyUnavailable, CertificateRefused."""
        ...

    def credential(self, organ_id: str) -> SealCredential:
        """The seal of an organ. Raises CertificateRefused where none was made."""
        ...

    def record_credential(self) -> RecordCredential:
        """The key and certificate for records. Raises CertificateRefused, KeyUnavailable where none is."""
        ...

    def crls(self, now: datetime) -> Sequence[bytes]:
        """Revocation lists (DER) that count now."""
        ...

    def revocations(self, now: datetime) -> Sequence[bytes]:
        """Every revocation list (DER) that is known, run out or not: for who verifies, not for who seals."""
        ...

    def time_stamp_authority(self) -> TimeStampAuthority:
        """Whoever stamps. Raises TimeStampUnavailable where nobody is set."""
        ...


class DemonstrationOffice(Demonstration):
    """The demonstration authority as an office; it certifies its own key for records."""

    @property
    def time_stamp_anchors(self) -> tuple[bytes, ...]:
        """None beside its root, which all of it leads to."""
        return ()

    def revocations(self, now: datetime) -> Sequence[bytes]:
        return self.crls(now)

    def record_credential(self) -> RecordCredential:
        return record_credential(self)
