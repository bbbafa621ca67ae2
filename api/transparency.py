"""The log of seals in the service: its keys, its signed heads, the head kept beside the database, proofs."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from cryptography.hazmat.primitives import serialization

from api.store.filing import seal_log
from signing.errors import (
    HeadRefused,
    KeyMissing,
    LogBroken,
    LogEntryNotFound,
    LogHeadNotFound,
    SealingError,
)
from signing.keys.port import KeyAlgorithm
from signing.transparency.entries import Opening
from signing.transparency.heads import KEY_NAME, HeadSigner, SignedHead, log_id, verify_head
from signing.transparency.log import SealLog
from signing.transparency.proofs import LogProof, ProvenEntry, head_as_plain, head_from_plain
from signing.transparency.standing import STANDINGS, Standing, standing_of
from signing.transparency.store import LogEntry

if TYPE_CHECKING:
    from api.bootstrap import Services
    from signing.signer.client import SignerKeyStore

DEMONSTRATION_KEY = f"demonstration-{KEY_NAME}"

log = structlog.get_logger(__name__)


class LogKeys:
    """The keys of the log, which the signer holds: the one in force signs, older ones still verify."""

    def __init__(self, keys: "SignerKeyStore", *, is_demonstration: bool) -> None:
        """A demonstration makes its key when first asked for, under a name that production never uses."""
        self._keys = keys
        self._is_demonstration = is_demonstration
        self._purpose = DEMONSTRATION_KEY if is_demonstration else KEY_NAME
        self._public: dict[bytes, bytes] = {}

    def signer(self) -> HeadSigner:
        """What signs heads now. Raises KeyMissing where no key was made, SignerAway."""
        try:
            name = self._keys.current(self._purpose)
        except KeyMissing:
            if not self._is_demonstration:
                raise KeyMissing(
                    "The log has no key: run novisit keys generate log as the signer's user."
                ) from None
            self._keys.generate(self._purpose, KeyAlgorithm.P256)
            name = self._keys.current(self._purpose)
        return HeadSigner(self._keys, name)

    def public(self) -> tuple[bytes, ...]:
        """The public half (DER) of every key that ever was the log's. Raises SignerAway."""
        names = [
            state.record.name for state in self._keys.status().keys if state.record.purpose == self._purpose
        ]
        found = [self._keys.public_key_info(name) for name in names]
        self._public = {log_id(key): key for key in found}
        return tuple(found)

    def of(self, signed: SignedHead) -> bytes:
        """The public key (DER) of a head that verifies. Raises HeadRefused, SignerAway."""
        wanted = signed.head.log_id
        if wanted not in self._public:
            self.public()
        if wanted not in self._public:
            raise HeadRefused("The tree head was signed by a key that this service does not hold.")
        verify_head(signed, public_key_info=self._public[wanted])
        return self._public[wanted]


def log_keys(services: "Services") -> LogKeys:
    """The keys of the log of this installation."""
    return services.part(
        "log_keys", lambda made: LogKeys(made.keys, is_demonstration=not made.settings.is_production)
    )


class KeptHead:
    """The newest head, in a file beside the database: a database put back to an earlier day is found out."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> SignedHead | None:
        """The head, or None before the first. Raises LogBroken where the file cannot be read as one."""
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return head_from_plain(json.loads(content))
        except (HeadRefused, ValueError):
            raise LogBroken(f"{self._file} holds no tree head; put the last published one there.") from None

    def keep(self, signed: SignedHead) -> None:
        """Keep a head, unless a newer one is kept already."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._alone():
            known = self.read()
            if known is not None and _order(known) >= _order(signed):
                return
            draft = self._file.with_name(f".{self._file.name}.new")
            with draft.open("wb") as file:
                file.write(json.dumps(head_as_plain(signed), indent=1).encode())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._file)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._file.with_name(f".{self._file.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _order(signed: SignedHead) -> tuple[int, int]:
    return signed.head.tree_size, signed.head.timestamp_ms


def kept_head(services: "Services") -> KeptHead:
    """The head kept beside the database, as the settings place it."""
    return KeptHead(services.settings.log_head_file)


def publish_head(services: "Services") -> SignedHead | None:
    """Sign, store and keep a head where the log has grown or the newest is a day old, else give None.

    Raises LogBroken where the database holds less than, or other than, what was signed; SealingError where
    no key can be used.
    """
    signer = log_keys(services).signer()
    kept = kept_head(services)
    with services.transaction() as db:
        known = seal_log(db, services)
        known.store.size_to_append()
        _require_unbroken(known, kept)
        signed = known.sign_head(signer)
    if signed is not None:
        kept.keep(signed)
        log.info("signed a tree head", tree_size=signed.head.tree_size, root=signed.head.root_hash.hex())
    return signed


def publish_soon(services: "Services") -> None:
    """Sign a head now if that is possible; where it is not, the periodic job does it later."""
    try:
        publish_head(services)
    except SealingError as error:
        log.warning("no tree head could be signed; it is tried again", error=type(error).__name__)


def require_unbroken(services: "Services") -> None:
    """Return where the log begins with every head that is known of it. Raises LogBroken."""
    with services.reading() as db:
        _require_unbroken(seal_log(db, services), kept_head(services))


def _require_unbroken(known: SealLog, kept: KeptHead) -> None:
    outside = kept.read()
    if outside is not None:
        known.require_extends(outside.head)
    try:
        known.require_extends(known.store.latest_head().head)
    except LogHeadNotFound:
        return


def prove(known: SealLog, keys: LogKeys, number: str) -> LogProof:
    """Prove every entry about a certificate that the newest head covers, with what opens them.

    Raises LogEntryNotFound for a number that is not in the log, LogHeadNotFound before a head covers it.
    """
    found = known.store.of_number(number)
    if not found:
        raise LogEntryNotFound
    signed = known.store.latest_head()
    covered = [entry for entry, _ in found if entry.index < signed.head.tree_size]
    if not covered:
        raise LogHeadNotFound
    return _proof(known, keys, signed, covered, opening=found[0][1])


def standing(known: SealLog, keys: LogKeys, number: str, *, sha256: str) -> tuple[Standing, LogProof | None]:
    """Tell what the log says of a file of a certificate, with the proof where a head covers it.

    An end counts from the moment it is entered, before a head covers it. Raises SignerAway where the key of
    the log is not known yet.
    """
    try:
        proof = prove(known, keys, number)
    except LogEntryNotFound:
        return Standing.NOT_LOGGED, None
    except LogHeadNotFound:
        return Standing.NO_HEAD, None
    except HeadRefused:
        return Standing.HEAD_REFUSED, None
    found = standing_of(proof, trusted=[proof.public_key_info], sha256=sha256)
    if found is Standing.OTHER_FILE:
        return Standing.NOT_LOGGED, proof
    if found is Standing.IN_LOG:
        found = STANDINGS[known.store.of_number(number)[-1][0].leaf.event]
    return found, proof


def prove_entry(known: SealLog, keys: LogKeys, leaf_hash: bytes) -> LogProof:
    """Prove one entry, by the hash of its leaf. Raises LogEntryNotFound, LogHeadNotFound."""
    signed = known.store.latest_head()
    index = known.store.index_of(leaf_hash)
    if index >= signed.head.tree_size:
        raise LogEntryNotFound
    return _proof(known, keys, signed, known.store.entries(index, index + 1), opening=None)


def _proof(
    known: SealLog,
    keys: LogKeys,
    signed: SignedHead,
    entries: Iterable[LogEntry],
    *,
    opening: Opening | None,
) -> LogProof:
    size = signed.head.tree_size
    proven = [
        ProvenEntry(entry.index, entry.leaf, known.inclusion(entry.index, tree_size=size).path)
        for entry in entries
    ]
    return LogProof(signed, keys.of(signed), tuple(proven), opening)


def as_pem(public_key_info: bytes) -> str:
    """A public key as OpenSSL reads it."""
    key = serialization.load_der_public_key(public_key_info)
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
