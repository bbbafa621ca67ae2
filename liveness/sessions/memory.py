"""An in-memory session store, for tests and for those who want this package alone."""

from datetime import datetime

from liveness.errors import ConflictingSessionState, ConsentMissing, SessionNotFound
from liveness.sessions.attempts import Attempter, History
from liveness.sessions.consent import Consent, RouteChoice
from liveness.sessions.session import UNANSWERED, UNSENT, LivenessSession, SessionState
from liveness.verdict import Profile
from models.comparison import IdentityClaim


class InMemorySessions:
    """Keeps everything in this process, claims in the clear."""

    def __init__(self) -> None:
        self._sessions: dict[str, LivenessSession] = {}
        self._claims: dict[str, IdentityClaim] = {}
        self._consents: dict[str, Consent] = {}
        self.choices: list[RouteChoice] = []

    def add(self, session: LivenessSession, claim: IdentityClaim) -> None:
        self._sessions[session.id] = session
        self._claims[session.id] = claim

    def find(self, session_id: str, *, account_id: str | None) -> LivenessSession:
        session = self._sessions.get(session_id)
        if session is None or account_id not in (None, session.attempter.account_id):
            raise SessionNotFound
        return session

    def save(self, session: LivenessSession, *, over: SessionState) -> None:
        if self.find(session.id, account_id=None).state is not over:
            raise ConflictingSessionState
        self._sessions[session.id] = session
        if session.state.is_final:
            self._claims.pop(session.id, None)

    def claim(self, session_id: str) -> IdentityClaim:
        if session_id not in self._claims:
            raise SessionNotFound
        return self._claims[session_id]

    def open_of_consent(self, consent_id: str) -> tuple[LivenessSession, ...]:
        return tuple(
            session
            for session in self._sessions.values()
            if session.consent_id == consent_id and not session.state.is_final
        )

    def unused_of(self, attempter: Attempter, *, profile: Profile, now: datetime) -> LivenessSession | None:
        open_ones = [
            session
            for session in self._sessions.values()
            if session.state is SessionState.CREATED
            and session.profile is profile
            and session.expires_at > now
            and (
                session.attempter.account_id == attempter.account_id
                or session.attempter.device == attempter.device
            )
        ]
        return max(open_ones, key=lambda session: (session.created_at, session.id), default=None)

    def has_video(self, sha256: str, *, besides: str) -> bool:
        return any(
            session.video_sha256 == sha256 for session in self._sessions.values() if session.id != besides
        )

    def overdue(self, *, before: datetime, limit: int) -> tuple[LivenessSession, ...]:
        found = [
            session
            for session in self._sessions.values()
            if session.state in UNSENT and session.expires_at < before
        ]
        return tuple(found[:limit])

    def waiting(self, *, limit: int) -> tuple[LivenessSession, ...]:
        found = [
            (session.uploaded_at, session.id, session)
            for session in self._sessions.values()
            if session.uploaded_at is not None and not session.state.is_final
        ]
        return tuple(session for _at, _id, session in sorted(found, key=lambda one: one[:2])[:limit])

    def history(self, attempter: Attempter, *, since: datetime) -> History:
        def opened(name: str) -> list[LivenessSession]:
            return [
                session
                for session in self._sessions.values()
                if session.created_at > since and getattr(session.attempter, name) == getattr(attempter, name)
            ]

        def failed(name: str) -> list[datetime]:
            return [
                session.finished_at
                for session in self._sessions.values()
                if session.finished_at is not None
                and session.finished_at > since
                and session.counts
                and getattr(session.attempter, name) == getattr(attempter, name)
            ]

        return History(
            failed_by_account=failed("account_id"),
            failed_by_device=failed("device"),
            failed_by_address=failed("address"),
            opened_by_account=[session.created_at for session in opened("account_id")],
            opened_by_device=[session.created_at for session in opened("device")],
            opened_by_address=[session.created_at for session in opened("address")],
            unanswered=sum(
                session.state in UNANSWERED
                for session in self._sessions.values()
                if session.created_at > since
                and (
                    session.attempter.account_id == attempter.account_id
                    or session.attempter.device == attempter.device
                )
            ),
        )

    def add_consent(self, consent: Consent) -> None:
        self._consents[consent.id] = consent

    def consent(self, consent_id: str, *, account_id: str) -> Consent:
        consent = self._consents.get(consent_id)
        if consent is None or consent.account_id != account_id:
            raise ConsentMissing
        return consent

    def save_consent(self, consent: Consent) -> None:
        self._consents[consent.id] = consent

    def add_route_choice(self, choice: RouteChoice) -> None:
        self.choices.append(choice)
