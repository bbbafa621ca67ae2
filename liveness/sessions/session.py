"""A liveness session: one challenge to one person, used once, from its drawing to its answer."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, Self

from liveness.challenge.alternatives import NO_ALTERNATIVES, Alternatives
from liveness.challenge.asked import Asked
from liveness.challenge.challenge import Challenge
from liveness.challenge.schedule import PromptSchedule
from liveness.errors import (
    ConflictingSessionState,
    SessionAlreadyUsed,
    SessionExpired,
    StreamNeeded,
)
from liveness.sessions.attempts import Attempter, History
from liveness.sessions.consent import Consent, RouteChoice
from liveness.verdict import Outcome, Profile, Reason, Verdict
from models.comparison import Comparison, IdentityClaim

LIFETIME = timedelta(minutes=3)
STREAM_GRACE = timedelta(seconds=150)
"""A stream that began in time may run on past the end for this long: two minutes, and then its answer."""


class SessionState(StrEnum):
    """Where a session stands. The last four are final."""

    CREATED = "created"
    STREAMING = "streaming"
    UPLOADED = "uploaded"
    ANALYSING = "analysing"
    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        return self in _FINAL


UNANSWERED = frozenset({SessionState.STREAMING, SessionState.UPLOADED, SessionState.ANALYSING})
"""States of a try under way."""

UNSENT = frozenset({SessionState.CREATED, SessionState.STREAMING})
"""States in which the whole video is not here yet."""

_FINAL = frozenset({SessionState.PASSED, SessionState.FAILED, SessionState.UNDECIDED, SessionState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a session is for: a case, and there a party or (None) the applicant."""

    case_id: str
    party_id: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Keyed digests of the claimed person; they tell nothing and stay when the claim is forgotten."""

    person_digest: str
    name_digest: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole answer of a session.

    reasons are what the applicant is told, by code. counts is whether a lock counts it as a failure: a
    service that was down does not, an attack, a mismatch or an unknown person does. audit_frames, review_id
    and record_id name stored evidence: pictures, what the reviewer reads, the signed record.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    counts: bool
    verdict: Verdict | None = None
    comparison: Comparison | None = None
    audit_frames: tuple[str, ...] = ()
    review_id: str | None = None
    record_id: str | None = None

    @property
    def evidence_ids(self) -> tuple[str, ...]:
        """Everything that is kept of how the answer came about."""
        return (*self.audit_frames, *(kept for kept in (self.review_id, self.record_id) if kept is not None))

    def __post_init__(self) -> None:
        if self.outcome is Outcome.PASSED:
            if self.verdict is None or self.verdict.outcome is not Outcome.PASSED or self.comparison is None:
                raise ValueError("a pass needs a passing verdict and a comparison")
            if self.comparison.match != "matched":
                raise ValueError("a pass needs a matching comparison")
        elif not self.reasons:
            raise ValueError("an answer that is no pass says why")


@dataclass(frozen=True, slots=True)
class LivenessSession:
    """One session. A change gives a new value; the store saves it only over the state it was made from.

    alternatives are what the person said they cannot do; schedule is when a stream's prompts were shown.
    counts is whether a lock counts it as a failure, with an answer or without one.
    """

    id: str
    attempter: Attempter
    purpose: Purpose | None
    person: Person
    profile: Profile
    challenge: Challenge
    consent_id: str
    created_at: datetime
    expires_at: datetime
    alternatives: Alternatives = field(default=NO_ALTERNATIVES, repr=False)
    state: SessionState = SessionState.CREATED
    schedule: PromptSchedule | None = None
    video_id: str | None = None
    video_sha256: str | None = None
    uploaded_at: datetime | None = None
    finished_at: datetime | None = None
    decision: Decision | None = field(default=None, repr=False)
    counts: bool = False

    def __post_init__(self) -> None:
        if self.expires_at <= self.created_at:
            raise ValueError("a session expires after it was made")
        if self.state in (SessionState.PASSED, SessionState.FAILED, SessionState.UNDECIDED) and (
            self.decision is None or self.decision.outcome.value != self.state.value
        ):
            raise ValueError("a decided session has the decision its state names")

    @property
    def asked(self) -> Asked:
        """What the video of this session has to answer."""
        return Asked(self.challenge.steps, self.profile, self.schedule)

    @property
    def was_asked(self) -> bool:
        """Whether a movement was asked for while the recording ran."""
        return self.schedule is not None and bool(self.schedule.prompts)

    @property
    def was_broken_off(self) -> bool:
        """Whether the recording ended after some of the prompts, and before the others."""
        return self.was_asked and not (self.schedule and self.schedule.covers(self.challenge.steps))

    def seen_at(self, now: datetime) -> Self:
        """The session as it stands at a moment: one whose time is over has ended, saved or not."""
        ends_at = {
            SessionState.CREATED: self.expires_at,
            SessionState.STREAMING: self.expires_at + STREAM_GRACE,
        }.get(self.state)
        return self if ends_at is None or now < ends_at else self.ended(ends_at)

    def require_takes_file(self) -> None:
        """Raise StreamNeeded where the actions are asked for one by one, while the recording runs."""
        if self.profile is Profile.TIMED:
            raise StreamNeeded

    def require_open(self, now: datetime) -> None:
        """Raise SessionAlreadyUsed or SessionExpired unless a video or a stream may begin now."""
        if self.state not in (SessionState.CREATED, SessionState.EXPIRED):
            raise SessionAlreadyUsed
        if self.state is SessionState.EXPIRED or now >= self.expires_at:
            raise SessionExpired

    def uploaded(self, *, video_id: str, sha256: str, now: datetime) -> Self:
        """The session with its one recorded file. The upload must have begun in time; see `require_open`."""
        self.require_takes_file()
        if self.state is not SessionState.CREATED:
            raise SessionAlreadyUsed
        return replace(
            self, state=SessionState.UPLOADED, video_id=video_id, video_sha256=sha256, uploaded_at=now
        )

    def streaming(self) -> Self:
        """The session while its one stream runs."""
        if self.state is not SessionState.CREATED:
            raise SessionAlreadyUsed
        return replace(self, state=SessionState.STREAMING)

    def streamed(self, *, video_id: str, sha256: str, schedule: PromptSchedule | None, now: datetime) -> Self:
        """The session with the video of its stream, and when its prompts were shown."""
        if self.state is not SessionState.STREAMING:
            raise SessionAlreadyUsed
        return replace(
            self,
            state=SessionState.UPLOADED,
            video_id=video_id,
            video_sha256=sha256,
            schedule=schedule,
            uploaded_at=now,
        )

    def analysing(self) -> Self:
        """The session while its video is looked at; again after a process died over it."""
        if self.state not in (SessionState.UPLOADED, SessionState.ANALYSING):
            raise ConflictingSessionState
        return replace(self, state=SessionState.ANALYSING)

    def decided(self, decision: Decision, now: datetime) -> Self:
        """The session with its answer; a stream that broke off has one too."""
        if self.state not in (SessionState.STREAMING, SessionState.UPLOADED, SessionState.ANALYSING):
            raise ConflictingSessionState
        return replace(
            self,
            state=SessionState(decision.outcome.value),
            decision=decision,
            finished_at=now,
            counts=decision.counts,
        )

    def ended(self, now: datetime) -> Self:
        """The session over without an answer: its time passed, or the consent was taken back."""
        if self.state.is_final:
            raise ConflictingSessionState
        return replace(self, state=SessionState.EXPIRED, finished_at=now)

    def left(self, now: datetime) -> Self:
        """The session of a person who left after they were asked for a movement.

        That was a try: who may leave whenever a prompt does not fit could wait for one that does.
        """
        return replace(self.ended(now), counts=True)


class SessionStore(Protocol):
    """Keeps sessions, consents and choices. One object lives for one transaction."""

    def add(self, session: LivenessSession, claim: IdentityClaim) -> None:
        """Keep a new session, and beside it, encrypted, the claim it is about."""
        ...

    def find(self, session_id: str, *, account_id: str | None) -> LivenessSession:
        """Give a session; None asks as the service itself. Raises SessionNotFound, also for another's."""
        ...

    def save(self, session: LivenessSession, *, over: SessionState) -> None:
        """Replace a session that still is in the state `over`. Raises ConflictingSessionState.

        A session saved in a final state loses its claim.
        """
        ...

    def claim(self, session_id: str) -> IdentityClaim:
        """Give the claim of a session without an answer. Raises SessionNotFound where it is gone."""
        ...

    def open_of_consent(self, consent_id: str) -> tuple[LivenessSession, ...]:
        """Give the sessions under a consent that have no answer yet."""
        ...

    def unused_of(self, attempter: Attempter, *, profile: Profile, now: datetime) -> LivenessSession | None:
        """Give the latest session of this account or device, of this profile, that is still open, or None."""
        ...

    def has_video(self, sha256: str, *, besides: str) -> bool:
        """Say whether any session besides the one named was given a video of this digest."""
        ...

    def overdue(self, *, before: datetime, limit: int) -> tuple[LivenessSession, ...]:
        """Give sessions without a whole video whose time was over before a moment."""
        ...

    def waiting(self, *, limit: int) -> tuple[LivenessSession, ...]:
        """Give sessions with a video and without an answer, the longest waiting first."""
        ...

    def history(self, attempter: Attempter, *, since: datetime) -> History:
        """Give what account, device and address tried since then."""
        ...

    def add_consent(self, consent: Consent) -> None:
        """Keep a consent."""
        ...

    def consent(self, consent_id: str, *, account_id: str) -> Consent:
        """Give a consent of this account. Raises ConsentMissing."""
        ...

    def save_consent(self, consent: Consent) -> None:
        """Keep a consent as it is now."""
        ...

    def add_route_choice(self, choice: RouteChoice) -> None:
        """Keep the choice of a way without the face."""
        ...
