"""The answer of a session: the face is compared, the answer kept with its evidence, once and for all."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from api.error_answers import answer_for
from api.errors import EvidenceNotFound
from api.jobs.decision_evidence import store_evidence
from api.jobs.port import Transient
from api.jobs.retention import video_until
from api.liveness_desk import desk
from filing.errors import FilingError
from filing.verification import Verification
from liveness.errors import ConflictingSessionState, SessionNotFound
from liveness.sessions.session import Decision, LivenessSession
from liveness.verdict import Outcome, Reason
from models.comparison import IdentityClaim, Match
from models.errors import ComparatorUnavailable, ComparisonUndecided, PersonUnknown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.bootstrap import Services
    from liveness.analysis import Analysis

VERIFICATION_VALID = timedelta(days=7)
"""As long as an invitation: remote shareholders verify on different days."""

USED_BEFORE = "video.already_used"

log = structlog.get_logger(__name__)


class _Ended(Exception):
    """The session was ended while its video was looked at."""


def file_analysis(services: "Services", session: LivenessSession, analysis: "Analysis") -> bool:
    """Compare the face of a judged video and keep the answer; false where the session has one or was ended.

    Raises ComparatorUnavailable, and Transient where somebody else changed the session meanwhile.
    """
    try:
        with services.reading() as db:
            claim = desk(db, services).claim(session.id)
    except SessionNotFound:
        return False
    decision = _decide(services, session, analysis, claim)
    decision = store_evidence(services, session, analysis, decision)
    kept = keep(services, session, decision)
    if not kept:
        for stored in decision.evidence_ids:
            services.evidence.delete(stored, reason="the session ended without it")
    return kept


def file_undecided(services: "Services", session: LivenessSession, code: str) -> bool:
    """Keep an answer that is none, and why; false where there was one, or the session ended.

    It never counts as a failure. Raises Transient where somebody else changed the session meanwhile.
    """
    return keep(services, session, undecided(code))


def undecided(code: str, *, counts: bool = False) -> Decision:
    """An answer that is none, and why."""
    return Decision(Outcome.UNDECIDED, (Reason(code),), counts)


def _decide(
    services: "Services", session: LivenessSession, analysis: "Analysis", claim: IdentityClaim
) -> Decision:
    verdict = analysis.verdict
    if verdict.outcome is not Outcome.PASSED:
        reasons = verdict.reasons or (Reason(f"outcome.{verdict.outcome.value}"),)
        counts = verdict.outcome is Outcome.FAILED or session.was_broken_off
        return Decision(verdict.outcome, reasons, counts, verdict)
    if analysis.probe is None:
        return replace(undecided("quality.no_neutral_frame"), verdict=verdict)
    with services.reading() as db:
        is_used = desk(db, services).is_used_video(session)
    if is_used:
        return Decision(Outcome.FAILED, (Reason(USED_BEFORE),), counts=True, verdict=verdict)
    try:
        comparison = services.comparator.compare(analysis.probe, claim)
    except ComparatorUnavailable:
        raise
    except ComparisonUndecided as error:
        # Guessing who is in the register counts as failing.
        guess = isinstance(error, PersonUnknown)
        return replace(undecided(answer_for(error).code, counts=guess), verdict=verdict)
    if comparison.match is Match.MATCHED:
        return Decision(Outcome.PASSED, (), counts=False, verdict=verdict, comparison=comparison)
    reason = Reason("comparison.not_matched", measured=comparison.score, required=comparison.threshold)
    return Decision(Outcome.FAILED, (reason,), counts=True, verdict=verdict, comparison=comparison)


def keep(services: "Services", session: LivenessSession, decision: Decision) -> bool:
    """Keep the answer, what filing needs of it and the time its evidence lives, all in one transaction.

    False where the session has its answer or was ended. Raises Transient for a conflict of the moment.
    """
    until = video_until(services.settings, services.clock())
    try:
        with services.transaction() as db:
            filed = decision
            if decision.outcome is Outcome.PASSED:
                filed = _hand_over(db, services, session, decision)
            if desk(db, services).decide(session.id, filed) is None:
                raise _Ended  # noqa: TRY301  it also takes back what was handed over
            if session.video_id is not None:
                # An answer does not fail for a video that is past its time already.
                with suppress(EvidenceNotFound):
                    services.evidence.keep_until(session.video_id, until, db=db)
            for stored in filed.evidence_ids:
                # Those behind a verification that its case keeps live with the case, others as the video.
                services.evidence.keep_until(stored, None if _is_filed(session, filed) else until, db=db)
    except _Ended:
        kept = False
    except ConflictingSessionState as error:
        raise Transient from error
    else:
        kept = True
    log.info("liveness session decided", session=session.id, outcome=decision.outcome.value, kept=kept)
    return kept


def _hand_over(
    db: "Connection", services: "Services", session: LivenessSession, decision: Decision
) -> Decision:
    """Record the verification with its case; where the case moved on meanwhile the pass stands without it."""
    from api.store.filing import filing_services

    purpose, now = session.purpose, services.clock()
    if purpose is None:
        return decision
    verification = Verification(
        id=session.id,
        account_id=session.attempter.account_id,
        person_digest=session.person.person_digest,
        name_digest=session.person.name_digest,
        case_id=purpose.case_id,
        party_id=purpose.party_id,
        profile=session.profile,
        verified_at=now,
        expires_at=now + VERIFICATION_VALID,
    )
    try:
        with db.begin_nested():
            filing_services(db, services).cases.record_verification(verification)
    except FilingError as error:
        log.info("verification not recorded", session=session.id, code=answer_for(error).code)
        return replace(decision, reasons=(Reason("session.not_recorded"), Reason(answer_for(error).code)))
    return decision


def _is_filed(session: LivenessSession, filed: Decision) -> bool:
    """Whether the case of the session keeps its verification; a pass that was not recorded says why."""
    return session.purpose is not None and filed.outcome is Outcome.PASSED and not filed.reasons
