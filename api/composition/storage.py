"""Where things are kept: the database, evidence, and the keys that wrap it."""

import contextlib
from typing import TYPE_CHECKING

import anyio
from anyio.lowlevel import RunVar
from sqlalchemy import Connection, Engine

from api import db
from api.composition.foundation import Foundation
from api.composition.parts import lazily

if TYPE_CHECKING:
    from api.evidence.fields import FieldCipher
    from api.evidence.keyring import Keyring
    from api.evidence.store import EncryptedEvidence
    from api.store.portraits import PortraitTable
    from filing.verification import PersonDigests


class Storage(Foundation):
    """The database, evidence, and the keys that wrap it."""

    def __init__(self) -> None:
        super().__init__()
        self._write_gate: RunVar[anyio.CapacityLimiter | None] = RunVar("novisit_write_gate")

    @lazily
    def engine(self) -> Engine:
        """The database."""
        if self.overrides.engine is not None:
            return self.overrides.engine
        engine = db.make_engine(self.settings.database_url)
        self.closing.callback(engine.dispose)
        return engine

    def write_gate(self) -> anyio.CapacityLimiter:
        """How many requests may hold a write transaction at once, within one event loop."""
        gate = self._write_gate.get(None)
        if gate is None:
            gate = anyio.CapacityLimiter(1 if self.engine.dialect.name == "sqlite" else 20)
            self._write_gate.set(gate)
        return gate

    def transaction(self) -> contextlib.AbstractContextManager[Connection]:
        """A write transaction outside a request: jobs, uploads, commands."""
        return db.transaction(self.engine)

    def reading(self) -> contextlib.AbstractContextManager[Connection]:
        """A transaction that only reads."""
        return db.reading(self.engine)

    def keyring(self) -> "Keyring":
        """Keys that wrap evidence, read anew so that a rotation shows; made where development has none."""
        from api.evidence.keyring import Keyring

        file = self.settings.keyring_file
        with self.building:
            if not file.exists() and not self.settings.is_production:
                Keyring.generate(random_bytes=self.random_bytes).save_first(file)
        return Keyring.load(file, random_bytes=self.random_bytes)

    @lazily
    def cipher(self) -> "FieldCipher":
        """Seals small secrets for table columns."""
        from api.evidence.fields import FieldCipher

        return FieldCipher(self.keyring)

    @lazily
    def evidence(self) -> "EncryptedEvidence":
        """Encrypted evidence, in a folder."""
        from api.evidence.objects import FolderObjects
        from api.evidence.store import EncryptedEvidence, EvidenceParts

        return EncryptedEvidence(
            EvidenceParts(
                engine=self.engine,
                objects=FolderObjects(self.settings.data_dir / "evidence"),
                keyring=self.keyring,
                clock=self.clock,
                new_id=self.new_id,
                random_bytes=self.random_bytes,
            )
        )

    @lazily
    def person_digests(self) -> "PersonDigests":
        """Digests of persons and names, the same for the same person, telling nothing of them."""
        from filing.verification import PersonDigests

        return PersonDigests(lambda purpose, *parts: self.keyring().digest(purpose, *parts))

    def person_digest(self, document_type: str, document_number: str) -> str:
        """A digest that is the same for the same document and tells nothing of it."""
        return self.person_digests.person(document_type, document_number)

    @lazily
    def portraits(self) -> "PortraitTable":
        """The local register of portraits."""
        from api.store.portraits import PortraitTable

        return PortraitTable(
            self.engine,
            cipher=self.cipher,
            digest=lambda *words: self.keyring().digest("portrait", *words),
        )
