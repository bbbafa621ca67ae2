"""Liveness sessions, consents and choices in SQL.

The claim is sealed and goes when the answer comes; what a person cannot do is sealed and stays.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, Row, func, insert, or_, select, update

from api.evidence.fields import FieldCipher, field_context
from api.store.tables.liveness import consents, liveness_sessions, route_choices
from liveness.challenge.alternatives import NO_ALTERNATIVES, Alternatives
from liveness.challenge.challenge import Challenge, Step
from liveness.challenge.schedule import PromptSchedule
from liveness.errors import ConflictingSessionState, ConsentMissing, SessionNotFound
from liveness.sessions.attempts import Attempter, History
from liveness.sessions.consent import Consent, RouteChoice
from liveness.sessions.session import (
    UNANSWERED,
    UNSENT,
    Decision,
    LivenessSession,
    Person,
    Purpose,
    SessionState,
)
from liveness.verdict import Profile
from models.comparison import DocumentType, IdentityClaim

_DECISION = TypeAdapter(Decision)
_STEPS = TypeAdapter(tuple[Step, ...])
_SCHEDULE = TypeAdapter(PromptSchedule)
_ALTERNATIVES = TypeAdapter(Alternatives)
_UNSENT = [state.value for state in UNSENT]
_UNANSWERED = [state.value for state in UNANSWERED]
_FINAL = [state.value for state in SessionState if state.is_final]

table = liveness_sessions


class SqlSessions:
    """A SessionStore in a transaction of the caller's."""

    def __init__(self, db: Connection, cipher: FieldCipher) -> None:
        self._db = db
        self._cipher = cipher

    def add(self, session: LivenessSession, claim: IdentityClaim) -> None:
        """Keep a new session and its sealed claim. A portrait is never taken from the person who claims."""
        text = json.dumps([claim.document_type.value, claim.document_number, claim.name])
        values = _columns(session) | {
            "claim": self._cipher.seal(text, context=field_context(table.c.claim, session.id)),
            "alternatives": self._sealed(session),
        }
        self._db.execute(insert(table).values(id=session.id, **values))

    def find(self, session_id: str, *, account_id: str | None) -> LivenessSession:
        return self._session(self._row(session_id, account_id))

    def save(self, session: LivenessSession, *, over: SessionState) -> None:
        values = _columns(session)
        if session.state.is_final:
            values["claim"] = None
        changed = self._db.execute(
            update(table).where(table.c.id == session.id, table.c.state == over.value).values(**values)
        )
        if changed.rowcount != 1:
            raise ConflictingSessionState

    def claim(self, session_id: str) -> IdentityClaim:
        sealed = self._row(session_id, None).claim
        if sealed is None:
            raise SessionNotFound
        text = self._cipher.open(sealed, context=field_context(table.c.claim, session_id))
        document_type, number, name = json.loads(text)
        return IdentityClaim(DocumentType(document_type), number, name)

    def open_of_consent(self, consent_id: str) -> tuple[LivenessSession, ...]:
        rows = self._db.execute(
            select(table).where(table.c.consent_id == consent_id, table.c.state.not_in(_FINAL))
        )
        return tuple(self._session(row) for row in rows)

    def unused_of(self, attempter: Attempter, *, profile: Profile, now: datetime) -> LivenessSession | None:
        row = self._db.execute(
            select(table)
            .where(
                table.c.state == SessionState.CREATED.value,
                table.c.profile == profile.value,
                table.c.expires_at > now,
                or_(table.c.account_id == attempter.account_id, table.c.device == attempter.device),
            )
            .order_by(table.c.created_at.desc(), table.c.id.desc())
            .limit(1)
        ).one_or_none()
        return self._session(row) if row else None

    def has_video(self, sha256: str, *, besides: str) -> bool:
        found = select(table.c.id).where(table.c.video_sha256 == sha256, table.c.id != besides).limit(1)
        return self._db.scalar(found) is not None

    def overdue(self, *, before: datetime, limit: int) -> tuple[LivenessSession, ...]:
        rows = self._db.execute(
            select(table).where(table.c.state.in_(_UNSENT), table.c.expires_at < before).limit(limit)
        )
        return tuple(self._session(row) for row in rows)

    def waiting(self, *, limit: int) -> tuple[LivenessSession, ...]:
        states = [SessionState.UPLOADED.value, SessionState.ANALYSING.value]
        rows = self._db.execute(
            select(table)
            .where(table.c.state.in_(states))
            .order_by(table.c.uploaded_at, table.c.id)
            .limit(limit)
        )
        return tuple(self._session(row) for row in rows)

    def history(self, attempter: Attempter, *, since: datetime) -> History:
        def failed(column: "Column[str]", value: str) -> Sequence[datetime]:
            return self._db.scalars(
                select(table.c.finished_at).where(
                    column == value, table.c.counts.is_(True), table.c.finished_at > since
                )
            ).all()

        def opened(column: "Column[str]", value: str) -> Sequence[datetime]:
            return self._db.scalars(
                select(table.c.created_at).where(column == value, table.c.created_at > since)
            ).all()

        return History(
            failed_by_account=failed(table.c.account_id, attempter.account_id),
            failed_by_device=failed(table.c.device, attempter.device),
            failed_by_address=failed(table.c.address, attempter.address),
            opened_by_account=opened(table.c.account_id, attempter.account_id),
            opened_by_device=opened(table.c.device, attempter.device),
            opened_by_address=opened(table.c.address, attempter.address),
            unanswered=self._unanswered(attempter, since),
        )

    def _unanswered(self, attempter: Attempter, since: datetime) -> int:
        found = self._db.scalar(
            select(func.count()).where(
                table.c.state.in_(_UNANSWERED),
                table.c.created_at > since,
                or_(table.c.account_id == attempter.account_id, table.c.device == attempter.device),
            )
        )
        return found or 0

    def add_consent(self, consent: Consent) -> None:
        self._db.execute(
            insert(consents).values(
                id=consent.id,
                account_id=consent.account_id,
                version=consent.version,
                text_sha256=consent.text_sha256,
                given_at=consent.given_at,
                revoked_at=consent.revoked_at,
            )
        )

    def consent(self, consent_id: str, *, account_id: str) -> Consent:
        row = self._db.execute(
            select(consents).where(consents.c.id == consent_id, consents.c.account_id == account_id)
        ).one_or_none()
        if row is None:
            raise ConsentMissing
        return Consent(row.id, row.account_id, row.version, row.text_sha256, row.given_at, row.revoked_at)

    def save_consent(self, consent: Consent) -> None:
        self._db.execute(
            update(consents).where(consents.c.id == consent.id).values(revoked_at=consent.revoked_at)
        )

    def add_route_choice(self, choice: RouteChoice) -> None:
        self._db.execute(
            insert(route_choices).values(
                id=choice.id,
                account_id=choice.account_id,
                route=choice.route.value,
                case_id=choice.case_id,
                chosen_at=choice.chosen_at,
            )
        )

    def _sealed(self, session: LivenessSession) -> str | None:
        """What a person cannot do tells of their health."""
        if session.alternatives.is_empty:
            return None
        text = _ALTERNATIVES.dump_json(session.alternatives).decode()
        return self._cipher.seal(text, context=field_context(table.c.alternatives, session.id))

    def _alternatives(self, row: Row[Any]) -> Alternatives:
        if row.alternatives is None:
            return NO_ALTERNATIVES
        text = self._cipher.open(row.alternatives, context=field_context(table.c.alternatives, row.id))
        return _ALTERNATIVES.validate_json(text)

    def _session(self, row: Row[Any]) -> LivenessSession:
        return LivenessSession(
            id=row.id,
            attempter=Attempter(row.account_id, row.device, row.address),
            purpose=Purpose(row.case_id, row.party_id) if row.case_id else None,
            person=Person(row.person_digest, row.name_digest),
            profile=Profile(row.profile),
            challenge=Challenge(_STEPS.validate_python(row.steps), row.nonce),
            consent_id=row.consent_id,
            created_at=row.created_at,
            expires_at=row.expires_at,
            alternatives=self._alternatives(row),
            state=SessionState(row.state),
            schedule=_SCHEDULE.validate_python(row.schedule) if row.schedule is not None else None,
            video_id=row.video_id,
            video_sha256=row.video_sha256,
            uploaded_at=row.uploaded_at,
            finished_at=row.finished_at,
            decision=_DECISION.validate_python(row.decision) if row.decision is not None else None,
            counts=row.counts,
        )

    def _row(self, session_id: str, account_id: str | None) -> Row[Any]:
        query = select(table).where(table.c.id == session_id)
        if account_id is not None:
            query = query.where(table.c.account_id == account_id)
        row = self._db.execute(query).one_or_none()
        if row is None:
            raise SessionNotFound
        return row


def _columns(session: LivenessSession) -> dict[str, Any]:
    purpose, decision = session.purpose, session.decision
    return {
        "account_id": session.attempter.account_id,
        "device": session.attempter.device,
        "address": session.attempter.address,
        "case_id": purpose.case_id if purpose else None,
        "party_id": purpose.party_id if purpose else None,
        "person_digest": session.person.person_digest,
        "name_digest": session.person.name_digest,
        "profile": session.profile.value,
        "steps": _STEPS.dump_python(session.challenge.steps, mode="json"),
        "schedule": _SCHEDULE.dump_python(session.schedule, mode="json") if session.schedule else None,
        "nonce": session.challenge.nonce,
        "consent_id": session.consent_id,
        "state": session.state.value,
        "created_at": session.created_at,
        "expires_at": session.expires_at,
        "video_id": session.video_id,
        "video_sha256": session.video_sha256,
        "uploaded_at": session.uploaded_at,
        "finished_at": session.finished_at,
        "counts": session.counts,
        "decision": _DECISION.dump_python(decision, mode="json") if decision else None,
    }
