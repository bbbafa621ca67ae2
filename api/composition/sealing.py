"""What signs: the signer's keys, and in a demonstration the signer itself."""

import os
import secrets
from typing import TYPE_CHECKING

import structlog

from api.composition.parts import lazily
from api.composition.storage import Storage

if TYPE_CHECKING:
    from api.seal_setup import SealSetup
    from api.signer.child import SignerChild
    from liveness.evidence.record import EvidenceSigner
    from signing.ofd.office import OfdOffice
    from signing.office import SealOffice
    from signing.signer.addresses import SignerAddress
    from signing.signer.client import SignerKeyStore
    from signing.timestamps import Attempt

log = structlog.get_logger(__name__)


class Sealing(Storage):
    """The keys that sign, which this process never reads."""

    @lazily
    def signer_address(self) -> "SignerAddress":
        """Where the signer answers, and as which user; worker processes are told."""
        from api.signer.users import uid_of
        from signing.signer.addresses import SignerAddress

        user = self.settings.signer_user
        uid = uid_of(user, setting="NOVISIT_SIGNER_USER") if user else self._own_uid()
        return SignerAddress(self.settings.signer_socket, uid)

    def _own_uid(self) -> int | None:
        """In a demonstration the signer is ours; production must name its user, or does not start."""
        return None if self.settings.is_production else os.geteuid()

    @lazily
    def keys(self) -> "SignerKeyStore":
        """The keys that sign, by the signer."""
        from signing.signer.client import SignerKeyStore

        store = SignerKeyStore.at(self.signer_address)
        self.closing.callback(store.close)
        return store

    @lazily
    def signer_child(self) -> "SignerChild":
        """The signer of a demonstration, under our own user; in production another user runs it."""
        from api.signer.child import SignerChild

        if self.settings.is_production:
            raise ValueError("in production the signer is no child of the service")
        file = self.settings.signer_secret_file
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(32))
        child = SignerChild(self.settings)
        self.closing.callback(child.stop)
        return child

    @lazily
    def seal_setup(self) -> "SealSetup":
        """How this installation seals, as worker processes are told."""
        from api.seal_setup import SealSetup

        return SealSetup.of(self.settings, self.signer_address)

    @lazily
    def seal_office(self) -> "SealOffice":
        """The seals, and the signer that seals with them. Raises SealingError where none were set up."""
        from api.seal_setup import open_office

        return open_office(self.seal_setup, self.clock, keys=self.keys, hear=self.hear_of_stamp)

    @lazily
    def ofd_office(self) -> "OfdOffice":
        """The OFD seals beside the others. Raises SealingError where none were set up."""
        from api.seal_setup import open_ofd_office

        return open_ofd_office(self.seal_setup, self.seal_office, self.clock)

    def hear_of_stamp(self, attempt: "Attempt") -> None:
        """Count the answer of a time-stamp authority, or a list that did not come; log what is bad."""
        self.metrics.time_stamp_asked(host=attempt.host, outcome=attempt.code)
        if not attempt.granted:
            log.warning(
                "time-stamp authority failed", host=attempt.host, fault=attempt.code, why=attempt.detail
            )

    @property
    def record_signer(self) -> "EvidenceSigner":
        """What signs the records of liveness decisions now: keys and certificates change.

        Raises SealingError where nothing fit was set up.
        """
        from signing.admission import refuse_demonstration
        from signing.records import RecordSigner

        office = self.seal_office
        credential = office.record_credential()
        if self.seal_setup.production:
            refuse_demonstration(credential.path, "The key that signs evidence")
        return RecordSigner(
            credential,
            keys=office.sealing_keys,
            time_stamps=office.time_stamp_authority(),
            crls=office.crls,
            clock=self.clock,
        )
