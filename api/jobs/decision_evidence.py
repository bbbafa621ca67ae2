"""What is kept of how an answer came about: audit frames, what the reviewer reads, and the signed record."""

from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog

from api.evidence.port import EvidenceKind, NewEvidence
from api.jobs.port import Transient
from api.liveness_desk import evidence_owner
from liveness.sessions.session import Decision, LivenessSession
from signing.errors import SealingError, SignerAway

if TYPE_CHECKING:
    from api.bootstrap import Services
    from liveness.analysis import Analysis

FRAME_LIMIT_BYTES = 8 << 20
REVIEW_LIMIT_BYTES = 16 << 20
RECORD_LIMIT_BYTES = 4 << 20
UNSIGNED = "application/json"
"""Media type of a record that could not be signed; reviewer and verifier are told so."""

log = structlog.get_logger(__name__)


def store_evidence(
    services: "Services", session: LivenessSession, analysis: "Analysis", decision: Decision
) -> Decision:
    """Store the evidence of a decision and name it there; it lives for a day unless the answer keeps it."""
    from liveness.evidence.record import Circumstances, FinalAnswer, write_record
    from liveness.evidence.review import write_review

    frames = tuple(
        _put(services, session, EvidenceKind.AUDIT_FRAME, frame.jpeg, "image/jpeg")
        for frame in analysis.audit_frames
    )
    review = write_review(analysis, outcome=decision.outcome, comparison=decision.comparison)
    about = Circumstances(
        session_id=session.id,
        nonce=session.challenge.nonce,
        person_digest=session.person.person_digest,
        opened_at=session.created_at,
        decided_at=services.clock(),
        service_version=version("novisit"),
        models=services.model_digests,
    )
    answer = FinalAnswer(decision.outcome, decision.reasons, decision.comparison)
    record = write_record(analysis, session.asked, about, answer, review)
    signed, media_type = _signed(services, session, record)
    return replace(
        decision,
        audit_frames=frames,
        review_id=_put(services, session, EvidenceKind.REVIEW, review, "application/json"),
        record_id=_put(services, session, EvidenceKind.RECORD, signed, media_type),
    )


def _signed(services: "Services", session: LivenessSession, record: bytes) -> tuple[bytes, str]:
    """The signed record; where nothing can sign here the bare one, which proves nothing and says so.

    Raises Transient where the signer is away: an answer waits for it rather than stay unsigned for ever.
    """
    try:
        signer = services.record_signer
        return signer.sign(record), signer.media_type
    except SignerAway as error:
        raise Transient("the record is signed when the signer is back") from error
    except SealingError as error:
        log.warning("liveness record is not signed", session=session.id, error=type(error).__name__)
        return record, UNSIGNED


def _put(
    services: "Services", session: LivenessSession, kind: EvidenceKind, content: bytes, media_type: str
) -> str:
    limits = {EvidenceKind.AUDIT_FRAME: FRAME_LIMIT_BYTES, EvidenceKind.REVIEW: REVIEW_LIMIT_BYTES}
    new = NewEvidence(
        owner=evidence_owner(session.id),
        kind=kind,
        media_type=media_type,
        limit_bytes=limits.get(kind, RECORD_LIMIT_BYTES),
    )
    return services.evidence.put([content], new).id
