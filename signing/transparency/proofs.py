"""The proof that a certificate stands in the log, as it leaves the service: checked by anyone, offline.

A proof holds every entry about the certificate, the path of each to the root of one signed head, and the
public key of the log. Whoever holds the certificate gets the opening as well, which ties number and files to
the entries. The key in a proof is only what it claims: a verifier brings the key it trusts.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from signing.errors import HeadRefused, ProofRefused
from signing.transparency.entries import DocumentForm, Leaf, LogEvent, LoggedDocument, Opening
from signing.transparency.heads import SignedHead, TreeHead, log_id, verify_head
from signing.transparency.merkle import verify_inclusion

FORMAT: Final = "novisit-log-proof-1"
LARGEST_PROOF: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry, its place counted from 0, and the path from its leaf to the root."""

    index: int
    leaf: Leaf
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LogProof:
    """Entries under one signed head, oldest first; `opening` is None where only the entries are proven."""

    signed: SignedHead
    public_key_info: bytes
    entries: tuple[ProvenEntry, ...]
    opening: Opening | None = None

    def __post_init__(self) -> None:
        places = [entry.index for entry in self.entries]
        if not places or places != sorted(set(places)):
            raise ValueError("a proof holds at least one entry, the oldest first")

    @property
    def standing(self) -> LogEvent:
        """What happened last."""
        return self.entries[-1].leaf.event


def check_proof(proof: LogProof, *, trusted: Collection[bytes]) -> None:
    """Check a proof against the keys of the log (DER) that the verifier trusts. Raises ProofRefused.

    1. the head is signed by a trusted key;
    2. every entry stands in the tree of that head;
    3. all entries are about one certificate, which was issued first and ended at most once;
    4. the opening, where there is one, opens every entry.
    """
    key = {log_id(known): known for known in trusted}.get(proof.signed.head.log_id)
    if key is None:
        raise HeadRefused("The tree head was signed by a key that is not trusted here.")
    head = verify_head(proof.signed, public_key_info=key)
    for entry in proof.entries:
        verify_inclusion(
            leaf=entry.leaf.hash,
            index=entry.index,
            size=head.tree_size,
            proof=entry.path,
            root_hash=head.root_hash,
        )
    first, *ends = (entry.leaf for entry in proof.entries)
    one = {leaf.certificate for leaf in (first, *ends)}
    ended = [leaf.event for leaf in ends]
    if first.event is not LogEvent.ISSUED or LogEvent.ISSUED in ended or len(ended) > 1 or len(one) > 1:
        raise ProofRefused("The entries are not those of one certificate.")
    if proof.opening is not None and not all(proof.opening.opens(leaf) for leaf in (first, *ends)):
        raise ProofRefused("The number, the files and the salt do not open the entries.")


def head_as_plain(signed: SignedHead) -> dict[str, Any]:
    """A signed head as plain JSON values."""
    head = signed.head
    return {
        "log_id": head.log_id.hex(),
        "timestamp_ms": head.timestamp_ms,
        "tree_size": head.tree_size,
        "root_hash": head.root_hash.hex(),
        "signature": b64encode(signed.signature).decode(),
    }


def head_from_plain(plain: Any) -> SignedHead:  # noqa: ANN401  whatever stood in a file
    """Read what `head_as_plain` gave. Raises HeadRefused."""
    try:
        head = TreeHead(
            bytes.fromhex(plain["log_id"]),
            _whole(plain["timestamp_ms"]),
            _whole(plain["tree_size"]),
            bytes.fromhex(plain["root_hash"]),
        )
        return SignedHead(head, b64decode(plain["signature"], validate=True))
    except (KeyError, TypeError, ValueError):
        raise HeadRefused("This is not a tree head of the log.") from None


def proof_as_plain(proof: LogProof) -> dict[str, Any]:
    """A proof as plain JSON values."""
    opening = proof.opening
    return {
        "format": FORMAT,
        "head": head_as_plain(proof.signed),
        "public_key": b64encode(proof.public_key_info).decode(),
        "entries": [
            {
                "index": entry.index,
                "leaf": entry.leaf.text,
                "leaf_hash": entry.leaf.hash.hex(),
                "path": [hash_.hex() for hash_ in entry.path],
            }
            for entry in proof.entries
        ],
        "opening": None
        if opening is None
        else {
            "number": opening.number,
            "documents": {document.form.value: document.sha256 for document in opening.documents},
            "salt": opening.salt,
        },
    }


def parse_proof(content: bytes) -> LogProof:
    """Read a proof from a JSON file. Raises ProofRefused for anything that is none."""
    if len(content) > LARGEST_PROOF:
        raise ProofRefused("The file is too large for a proof of the log.")
    try:
        plain = json.loads(content)
        if plain["format"] != FORMAT:
            raise ProofRefused("The file is a proof of another form.")
        return _Reading(plain).proof()
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise ProofRefused("The file is not a proof of the log.") from None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads the parts of a proof; anything that does not fit raises."""

    plain: dict[str, Any]

    def proof(self) -> LogProof:
        return LogProof(
            signed=head_from_plain(self.plain["head"]),
            public_key_info=b64decode(self.plain["public_key"], validate=True),
            entries=tuple(self._entry(entry) for entry in self.plain["entries"]),
            opening=self._opening(),
        )

    @staticmethod
    def _entry(plain: dict[str, Any]) -> ProvenEntry:
        leaf = Leaf.parse(plain["leaf"])
        if leaf.hash.hex() != plain["leaf_hash"]:
            raise ValueError("the hash is that of another entry")
        return ProvenEntry(
            _whole(plain["index"]), leaf, tuple(bytes.fromhex(hash_) for hash_ in plain["path"])
        )

    def _opening(self) -> Opening | None:
        plain = self.plain["opening"]
        if plain is None:
            return None
        documents = tuple(
            LoggedDocument(DocumentForm(form), sha256) for form, sha256 in plain["documents"].items()
        )
        return Opening(plain["number"], documents, plain["salt"])


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number is wanted")
    return value
