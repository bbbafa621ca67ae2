"""The rules of sessions over a store: consent first, one challenge, one video, one answer, limited tries."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from liveness.challenge.alternatives import NO_ALTERNATIVES, Alternatives
from liveness.challenge.challenge import Challenge
from liveness.challenge.schedule import PromptSchedule
from liveness.challenge.source import ChallengeSource
from liveness.errors import ConsentMissing, ConsentVersionUnknown
from liveness.sessions.attempts import Attempter, AttemptLimits, History
from liveness.sessions.consent import Consent, ConsentTexts, NonFaceRoute, RouteChoice
from liveness.sessions.session import (
    LIFETIME,
    Decision,
    LivenessSession,
    Person,
    Purpose,
    SessionState,
    SessionStore,
)
from liveness.verdict import Profile
from models.comparison import IdentityClaim


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What the desk is made of."""

    texts: ConsentTexts
    challenges: ChallengeSource
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    limits: AttemptLimits = field(default_factory=AttemptLimits)
    lifetime: timedelta = LIFETIME


@dataclass(frozen=True, slots=True)
class Opening:
    """Who opens a session, about whom, for what."""

    attempter: Attempter
    consent_id: str
    claim: IdentityClaim
    person: Person
    purpose: Purpose | None = None
    profile: Profile = Profile.ORDERED
    alternatives: Alternatives = NO_ALTERNATIVES


class Desk:
    """Opens sessions, takes videos, keeps answers. One object lives for one transaction of its store."""

    def __init__(self, store: SessionStore, parts: DeskParts) -> None:
        self._store = store
        self._parts = parts

    def give_consent(self, account_id: str, version: str) -> Consent:
        """Record consent to the text in force. Raises ConsentVersionUnknown for any other."""
        texts = self._parts.texts
        if version != texts.current_version:
            raise ConsentVersionUnknown
        consent = Consent(
            id=self._parts.new_id(),
            account_id=account_id,
            version=version,
            text_sha256=texts.current.sha256,
            given_at=self._parts.clock(),
        )
        self._store.add_consent(consent)
        return consent

    def require_consent(self, account_id: str, consent_id: str) -> None:
        """Raise ConsentMissing unless this account consented to the text in force and still does."""
        consent = self._store.consent(consent_id, account_id=account_id)
        consent.require_in_force(account_id=account_id, version=self._parts.texts.current_version)

    def revoke_consent(self, account_id: str, consent_id: str) -> tuple[LivenessSession, ...]:
        """Take a consent back and end the sessions under it; give those, whose videos are to be deleted.

        Raises ConsentMissing.
        """
        now = self._parts.clock()
        self._store.save_consent(self._store.consent(consent_id, account_id=account_id).revoked(now))
        ended = []
        for session in self._store.open_of_consent(consent_id):
            self._store.save(session.ended(now), over=session.state)
            ended.append(session)
        return tuple(ended)

    def choose_route(self, account_id: str, route: NonFaceRoute, case_id: str | None) -> RouteChoice:
        """Record that a person chose a way without the face."""
        choice = RouteChoice(self._parts.new_id(), account_id, route, case_id, self._parts.clock())
        self._store.add_route_choice(choice)
        return choice

    def open(self, opening: Opening) -> LivenessSession:
        """Draw a challenge. Raises ConsentMissing, TooManyAttempts.

        While a challenge of this account or device is still open, a new session of the same profile asks for
        the same, but for what the person says they cannot do: one does not draw until an order comes that one
        has a recording of. A `timed` one asks for the same actions in an order of its own: else it could be
        watched in one session and answered in another. It is never drawn from an `ordered` one.
        """
        parts, now, who = self._parts, self._parts.clock(), opening.attempter
        self.require_consent(who.account_id, opening.consent_id)
        self._history(who, now).require_open(parts.limits, now)
        challenge = self._draw(opening, now)
        session = LivenessSession(
            id=parts.new_id(),
            attempter=who,
            purpose=opening.purpose,
            person=opening.person,
            profile=opening.profile,
            challenge=challenge,
            consent_id=opening.consent_id,
            created_at=now,
            expires_at=now + parts.lifetime,
            alternatives=opening.alternatives,
        )
        self._store.add(session, opening.claim)
        return session

    def require_open(self, session_id: str, account_id: str) -> LivenessSession:
        """Give a session that may take a recorded file now, before any of it is read.

        Sessions opened in advance do not get round a lock that came since. Raises SessionNotFound,
        StreamNeeded, SessionExpired, SessionAlreadyUsed, ConsentMissing, TooManyAttempts.
        """
        session = self._open_one(session_id, account_id)
        session.require_takes_file()
        return session

    def begin_stream(self, session_id: str, account_id: str) -> LivenessSession:
        """Use a session for its one stream. Raises as `require_open`, but for StreamNeeded.

        Of two streams that begin at the same moment the second raises ConflictingSessionState.
        """
        session = self._open_one(session_id, account_id)
        streaming = session.streaming()
        self._store.save(streaming, over=session.state)
        return streaming

    def receive(self, session_id: str, account_id: str, *, video_id: str, sha256: str) -> LivenessSession:
        """Bind the one recorded file to a session whose upload began in time.

        Raises SessionNotFound, SessionAlreadyUsed, ConsentMissing, TooManyAttempts where others came first of
        videos that were on their way at once, ConflictingSessionState for the second of two to this session.
        """
        now = self._parts.clock()
        session = self._store.find(session_id, account_id=account_id)
        self._require_consent(session)
        uploaded = session.uploaded(video_id=video_id, sha256=sha256, now=now)
        self._history(session.attempter, now).require_not_failed(self._parts.limits, now)
        self._store.save(uploaded, over=SessionState.CREATED)
        return uploaded

    def receive_stream(
        self,
        session_id: str,
        account_id: str,
        *,
        video_id: str,
        sha256: str,
        schedule: PromptSchedule | None,
    ) -> LivenessSession:
        """Bind the video of a session's stream, and when its prompts were shown, where it was the service.

        Raises SessionNotFound, SessionAlreadyUsed, ConsentMissing, ConflictingSessionState.
        """
        session = self._store.find(session_id, account_id=account_id)
        self._require_consent(session)
        now = self._parts.clock()
        uploaded = session.streamed(video_id=video_id, sha256=sha256, schedule=schedule, now=now)
        self._store.save(uploaded, over=SessionState.STREAMING)
        return uploaded

    def is_used_video(self, session: LivenessSession) -> bool:
        """Say whether the very bytes of this session's video were sent to another session."""
        return session.video_sha256 is not None and self._store.has_video(
            session.video_sha256, besides=session.id
        )

    def begin_analysis(self, session_id: str) -> LivenessSession | None:
        """Give a session whose video is to be looked at, or None where it has its answer or was ended."""
        session = self._store.find(session_id, account_id=None)
        if session.state.is_final:
            return None
        analysing = session.analysing()
        self._store.save(analysing, over=session.state)
        return analysing

    def claim(self, session_id: str) -> IdentityClaim:
        """Give who a session without an answer is about. Raises SessionNotFound where it has one."""
        return self._store.claim(session_id)

    def end_stream(self, session_id: str) -> None:
        """End a session whose stream came to no end. Raises SessionNotFound, ConflictingSessionState."""
        session = self._store.find(session_id, account_id=None)
        self._store.save(session.ended(self._parts.clock()), over=SessionState.STREAMING)

    def end_left_stream(self, session_id: str) -> None:
        """End a session whose person left after the first prompt, which counts. Raises as `end_stream`."""
        session = self._store.find(session_id, account_id=None)
        self._store.save(session.left(self._parts.clock()), over=SessionState.STREAMING)

    def decide(self, session_id: str, decision: Decision) -> LivenessSession | None:
        """Keep the answer, or give None where the session was ended meanwhile. The claim is forgotten."""
        session = self._store.find(session_id, account_id=None)
        if session.state.is_final:
            return None
        decided = session.decided(decision, self._parts.clock())
        self._store.save(decided, over=session.state)
        return decided

    def end_overdue(self, *, grace: timedelta, limit: int = 100) -> int:
        """End sessions whose time is over, so that their claims are forgotten; give how many.

        grace leaves time for an upload that began before the end.
        """
        now = self._parts.clock()
        found = self._store.overdue(before=now - grace, limit=limit)
        for session in found:
            self._store.save(session.ended(now), over=session.state)
        return len(found)

    def waiting(self, *, limit: int = 100) -> tuple[LivenessSession, ...]:
        """Give sessions that wait for their answer, the longest waiting first."""
        return self._store.waiting(limit=limit)

    def look(self, session_id: str, account_id: str) -> tuple[LivenessSession, int]:
        """Give a session as its owner sees it, and how many tries they have left. Raises SessionNotFound."""
        now = self._parts.clock()
        session = self._store.find(session_id, account_id=account_id).seen_at(now)
        return session, self._history(session.attempter, now).attempts_left(self._parts.limits, now)

    def attempts_left(self, attempter: Attempter) -> int:
        """How many tries an attempter has left."""
        now = self._parts.clock()
        return self._history(attempter, now).attempts_left(self._parts.limits, now)

    def _draw(self, opening: Opening, now: datetime) -> Challenge:
        challenges, alternatives = self._parts.challenges, opening.alternatives
        unused = self._store.unused_of(opening.attempter, profile=opening.profile, now=now)
        if unused is None:
            return challenges.draw(alternatives)
        if opening.profile is Profile.TIMED:
            return challenges.anew(unused.challenge, alternatives)
        return challenges.again(unused.challenge, alternatives)

    def _open_one(self, session_id: str, account_id: str) -> LivenessSession:
        now = self._parts.clock()
        session = self._store.find(session_id, account_id=account_id)
        session.require_open(now)
        self._require_consent(session)
        self._history(session.attempter, now).require_not_failed(self._parts.limits, now)
        return session

    def _history(self, attempter: Attempter, now: datetime) -> History:
        return self._store.history(attempter, since=now - 2 * self._parts.limits.window)

    def _require_consent(self, session: LivenessSession) -> None:
        consent = self._store.consent(session.consent_id, account_id=session.attempter.account_id)
        if not consent.is_in_force:
            raise ConsentMissing
