"""Read a record whose signature was verified, and check what it says of itself and of a video.

1. record: the canonical spelling of a known format, nothing missing.
2. times: opened, decided and signed in this order, the last two within a day.
3. verdict: what it answers follows from what it lists.
4. video: the bytes of a video have the digest that the record names; not asked where there is none.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from liveness.evidence.record import FORMAT, canonical_json
from liveness.verdict import Outcome, PadDecision

DIFFERENCE = timedelta(minutes=5)
"""How far the clocks of who decided and who stamped the time may differ."""

SIGNED_WITHIN = timedelta(days=1)


class Holds(StrEnum):
    """The answer of one check."""

    YES = "holds"
    NO = "fails"
    UNDECIDED = "undecided"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """One check, its answer, and the reason's code in the catalogue of messages."""

    code: str
    holds: Holds
    reason: str


@dataclass(frozen=True, slots=True)
class CheckedRecord:
    """What was checked, and the record itself where it could be read."""

    checks: tuple[EvidenceCheck, ...]
    record: dict[str, Any] | None


def check_record(content: bytes, *, signed_at: datetime, video_sha256: str | None) -> CheckedRecord:
    """Check a record against itself, the proven time of its signature, and a video where one is given."""
    record = _read(content)
    if record is None:
        return CheckedRecord((EvidenceCheck("record", Holds.NO, "no_record"),), None)
    checks = [
        EvidenceCheck("record", Holds.YES, "passed"),
        _check("times", lambda: _times(record, signed_at)),
        _check("verdict", lambda: _verdict(record)),
        _check("video", lambda: _video(record, video_sha256)),
    ]
    return CheckedRecord(tuple(checks), record)


def _read(content: bytes) -> dict[str, Any] | None:
    """The record, or None for bytes that are none: another format, spelled otherwise, a part missing."""
    try:
        value = json.loads(content)
        if not isinstance(value, dict) or value.get("format") != FORMAT or canonical_json(value) != content:
            return None
    except (ValueError, TypeError, RecursionError, OverflowError):
        return None
    return value if value.keys() >= _PARTS else None


_PARTS = {"service", "session", "challenge", "video", "rules", "models", "verdict", "answer", "frames"}


def _check(code: str, look: Callable[[], tuple[Holds, str]]) -> EvidenceCheck:
    try:
        holds, reason = look()
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        holds, reason = Holds.NO, "no_record"
    return EvidenceCheck(code, holds, reason)


def _times(record: dict[str, Any], signed_at: datetime) -> tuple[Holds, str]:
    opened = datetime.fromisoformat(record["session"]["opened_at"])
    decided = datetime.fromisoformat(record["session"]["decided_at"])
    if opened > decided:
        return Holds.NO, "times_reversed"
    if decided > signed_at + DIFFERENCE:
        return Holds.NO, "decided_after_signing"
    if signed_at - decided > SIGNED_WITHIN:
        return Holds.UNDECIDED, "signed_late"
    return Holds.YES, "passed"


def _verdict(record: dict[str, Any]) -> tuple[Holds, str]:
    """A pass rests on a bona fide presentation, every action found, no reason against it, a match."""
    verdict, answer = record["verdict"], record["answer"]
    Outcome(verdict["outcome"])
    if Outcome(answer["outcome"]) is not Outcome.PASSED:
        return Holds.YES, "passed"
    comparison = answer["comparison"]
    follows = (
        Outcome(verdict["outcome"]) is Outcome.PASSED
        and PadDecision(verdict["pad"]) is PadDecision.BONA_FIDE
        and bool(verdict["actions"])
        and all(action["found"] is True for action in verdict["actions"])
        and not verdict["reasons"]
        and comparison is not None
        and comparison["match"] == "matched"
        and comparison["score"] >= comparison["threshold"]
    )
    return (Holds.YES, "passed") if follows else (Holds.NO, "verdict_does_not_follow")


def _video(record: dict[str, Any], video_sha256: str | None) -> tuple[Holds, str]:
    if video_sha256 is None:
        return Holds.NOT_ASKED, "no_video_given"
    same = record["video"]["sha256"] == video_sha256
    return (Holds.YES, "passed") if same else (Holds.NO, "other_video")
