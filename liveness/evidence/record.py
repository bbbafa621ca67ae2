"""The record of one decision: everything it rests on, by digests, in one canonical spelling.

It names no person: the claim stands in it as the keyed digest that the service keeps, the video, the frames
and the networks as their SHA-256. An `EvidenceSigner` signs its bytes.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol

from liveness.verdict import ActionResult, Outcome, Reason
from models.comparison import Comparison

if TYPE_CHECKING:
    from liveness.analysis import Analysis
    from liveness.challenge.asked import Asked

FORMAT: Final = "novisit-liveness-evidence/1"


class EvidenceSigner(Protocol):
    """Signs records, so that anybody can tell later that nothing in them was changed."""

    @property
    def media_type(self) -> str: ...

    def sign(self, content: bytes) -> bytes:
        """Sign a record; the answer holds it. Raises the errors of whoever signs."""
        ...


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a record says of session and service. models: the networks that were used, name to SHA-256.

    person_digest: the keyed digest of the claimed person. Times are aware.
    """

    session_id: str
    nonce: str
    person_digest: str
    opened_at: datetime
    decided_at: datetime
    service_version: str
    models: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        if self.opened_at.tzinfo is None or self.decided_at.tzinfo is None:
            raise ValueError("a record tells its times with their zone")
        if not self.session_id or not self.nonce:
            raise ValueError("a record belongs to a session and its nonce")


@dataclass(frozen=True, slots=True)
class FinalAnswer:
    """The answer of the session, which a comparison may have changed after the verdict."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    comparison: Comparison | None


def write_record(
    analysis: "Analysis", asked: "Asked", about: Circumstances, answer: FinalAnswer, timeline: bytes
) -> bytes:
    """Spell the record of a decision. timeline: the stored timeline, of which the record keeps the digest."""
    verdict = analysis.verdict
    return canonical_json(
        {
            "format": FORMAT,
            "service": {"name": "novisit", "version": about.service_version},
            "session": {
                "id": about.session_id,
                "nonce": about.nonce,
                "person_digest": about.person_digest,
                "opened_at": _moment(about.opened_at),
                "decided_at": _moment(about.decided_at),
            },
            "challenge": {
                "profile": verdict.profile,
                "assurance": verdict.profile.assurance,
                "steps": [asdict(step) for step in asked.steps],
                "prompts": None if asked.schedule is None else [asdict(p) for p in asked.schedule.prompts],
                "reactions": [
                    {
                        "step": reaction.prompt.step,
                        "repeat": reaction.prompt.repeat,
                        "reaction_ms": reaction.reaction_ms,
                    }
                    for reaction in analysis.reactions
                ],
            },
            "video": {
                "sha256": verdict.video_sha256,
                "duration_ms": verdict.duration_ms,
                "frames_analysed": verdict.frames_analysed,
            },
            "rules": {"policy": verdict.policy_version, "sha256": rules_sha256()},
            "models": dict(about.models),
            "verdict": {
                "outcome": verdict.outcome,
                "pad": verdict.pad,
                "actions": [_action(result) for result in verdict.actions],
                "reasons": [asdict(reason) for reason in verdict.reasons],
                "remarks": [asdict(remark) for remark in verdict.remarks],
                "evidence": [asdict(item) for item in analysis.evidence],
            },
            "answer": {
                "outcome": answer.outcome,
                "reasons": [asdict(reason) for reason in answer.reasons],
                "comparison": None if answer.comparison is None else asdict(answer.comparison),
            },
            "portrait": None
            if analysis.portrait is None
            else {
                "time_ms": analysis.portrait.note.time_ms,
                "quality": analysis.portrait.quality.unified,
                "parts": dict(analysis.portrait.quality.parts),
            },
            "frames": [
                {"role": frame.role, "time_ms": frame.time_ms, "sha256": sha256_hex(frame.jpeg)}
                for frame in analysis.audit_frames
            ],
            "timeline_sha256": sha256_hex(timeline),
        }
    )


def rules_sha256() -> str:
    """The digest of every threshold in force: two records with the same one were judged by the same rules."""
    from liveness.analysis import AnalysisRules  # heavy, and only those who write records need it

    return sha256_hex(canonical_json(asdict(AnalysisRules())))


def canonical_json(value: object) -> bytes:
    """Spell a value in one way only: sorted keys, no spaces, UTF-8, numbers of four places, no NaN."""
    return json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def sha256_hex(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _action(result: ActionResult) -> dict[str, Any]:
    return {
        "action": result.action,
        "found": result.found,
        "start_ms": result.event.start_ms if result.event else None,
        "end_ms": result.event.end_ms if result.event else None,
        "measured": result.best_measured,
        "required": result.required,
        "unit": result.unit,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | frozenset | set) and not isinstance(value, bytes):
        items = [_plain(item) for item in value]
        return sorted(items, key=str) if isinstance(value, frozenset | set) else items
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    raise TypeError(f"a record cannot hold a {type(value).__name__}")


def _number(value: float) -> float | int | None:
    """Four places are more than was measured; what is no number is told as none."""
    if not math.isfinite(value):
        return None
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded
