"""What a signer tells of itself: who it is, where its keys lie, and the state of each, without any secret."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from signing.keys.journal import KeyRecord, RevocationReason
from signing.keys.ledger import KeyState
from signing.keys.port import KeyAlgorithm


@dataclass(frozen=True, slots=True)
class SignerStatus:
    """A signer as of now. `folders` are those that only its own user may read."""

    uid: int
    folders: tuple[str, ...]
    keys: tuple[KeyState, ...]

    def dump(self) -> bytes:
        keys = [
            {
                "name": state.record.name,
                "purpose": state.record.purpose,
                "algorithm": state.record.algorithm,
                "made_at": state.record.made_at.isoformat(),
                "since": state.record.since.isoformat(),
                "limit": state.record.limit,
                "revoked_since": _text(state.record.revoked_since),
                "reason": state.record.reason,
                "uses": state.uses,
                "is_current": state.is_current,
            }
            for state in self.keys
        ]
        return json.dumps({"uid": self.uid, "folders": self.folders, "keys": keys}).encode()

    @classmethod
    def load(cls, content: bytes) -> Self:
        """Read what `dump` wrote. Raises ValueError."""
        match json.loads(content):
            case {"uid": int(uid), "folders": list(folders), "keys": list(keys)}:
                return cls(uid, tuple(str(folder) for folder in folders), tuple(map(_state, keys)))
        raise ValueError("not the status of a signer")


def _state(content: object) -> KeyState:
    match content:
        case {
            "name": str(name),
            "purpose": str(purpose),
            "algorithm": str(algorithm),
            "made_at": str(made_at),
            "since": str(since),
            "limit": int() | None as limit,
            "revoked_since": str() | None as revoked_since,
            "reason": str() | None as reason,
            "uses": int(uses),
            "is_current": bool(is_current),
        }:
            record = KeyRecord(
                name=name,
                purpose=purpose,
                algorithm=KeyAlgorithm(algorithm),
                made_at=datetime.fromisoformat(made_at),
                since=datetime.fromisoformat(since),
                limit=limit,
                revoked_since=datetime.fromisoformat(revoked_since) if revoked_since else None,
                reason=RevocationReason(reason) if reason else None,
            )
            return KeyState(record, uses, is_current)
    raise ValueError("not the state of a key")


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
