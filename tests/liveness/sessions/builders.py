"""Builders of sessions and of everything in them."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from liveness.challenge.challenge import Challenge
from liveness.sessions.attempts import Attempter
from liveness.sessions.consent import Consent
from liveness.sessions.session import Decision, LivenessSession, Person, Purpose
from liveness.verdict import Action, ActionEvent, ActionResult, Outcome, PadDecision, Profile, Reason, Verdict
from models.comparison import Comparison, DocumentType, IdentityClaim, Match

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CLAIM = IdentityClaim(DocumentType.RESIDENT_ID, "11010519491231002X", "张三")
PERSON = Person(person_digest="a" * 64, name_digest="b" * 64)
PURPOSE = Purpose("case-1", "party-1")
ATTEMPTER = Attempter("account-1", "device-1", "c" * 64)
PASSED_VERDICT = Verdict(
    outcome=Outcome.PASSED,
    pad=PadDecision.BONA_FIDE,
    requested=(Action.NOD,),
    actions=(
        ActionResult(
            Action.NOD, True, ActionEvent(Action.NOD, 100, 400, 800, 14.5, 9.0, "deg"), 14.5, 9.0, "deg", None
        ),
    ),
    reasons=(),
    remarks=(Reason("quality.dim", at_ms=40, measured=0.2, required=0.3),),
    profile=Profile.ORDERED,
    video_sha256="d" * 64,
    duration_ms=4000,
    frames_analysed=120,
    best_frame_ms=40,
    policy_version="1",
)
MATCH = Comparison(Match.MATCHED, 0.61, 0.40, 0.0009, "sface", "request-1")
PASS = Decision(Outcome.PASSED, (), False, PASSED_VERDICT, MATCH, ("frame-1",))


def ids(prefix: str) -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"{prefix}-{next(numbers)}"


def failure(*, counts: bool = True) -> Decision:
    failed = replace(PASSED_VERDICT, outcome=Outcome.FAILED, reasons=(Reason("action.not_found"),))
    return Decision(Outcome.FAILED, (Reason("action.not_found"),), counts, failed)


def make_consent(consent_id: str = "consent-1", account_id: str = "account-1") -> Consent:
    return Consent(consent_id, account_id, "2026-01", "e" * 64, NOW)


def make_session(
    session_id: str = "session-1",
    *,
    attempter: Attempter = ATTEMPTER,
    purpose: Purpose | None = PURPOSE,
    consent_id: str = "consent-1",
    created_at: datetime = NOW,
) -> LivenessSession:
    return LivenessSession(
        id=session_id,
        attempter=attempter,
        purpose=purpose,
        person=PERSON,
        profile=Profile.ORDERED,
        challenge=Challenge.of((Action.MOUTH, Action.NOD, Action.BLINK), f"nonce-{session_id}"),
        consent_id=consent_id,
        created_at=created_at,
        expires_at=created_at + timedelta(minutes=3),
    )


def make_decided(session: LivenessSession, decision: Decision, at: datetime) -> LivenessSession:
    return session.uploaded(video_id="video-1", sha256="d" * 64, now=at).analysing().decided(decision, at)
