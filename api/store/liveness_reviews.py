"""Liveness sessions as the office that reviews a case sees them."""

from sqlalchemy import Connection, select

from api.evidence.fields import FieldCipher
from api.store.liveness_sessions import SqlSessions
from api.store.tables.liveness import liveness_sessions
from liveness.errors import SessionNotFound
from liveness.sessions.session import LivenessSession
from liveness.verdict import Outcome

_ANSWERED = [outcome.value for outcome in Outcome]

MOST = 100
"""More checks than these nobody makes for one case; the newest are shown."""


def sessions_of_case(db: Connection, cipher: FieldCipher, case_id: str) -> tuple[LivenessSession, ...]:
    """The sessions for a case that have an answer, the newest first."""
    table = liveness_sessions
    found = db.scalars(
        select(table.c.id)
        .where(table.c.case_id == case_id, table.c.state.in_(_ANSWERED))
        .order_by(table.c.finished_at.desc(), table.c.id.desc())
        .limit(MOST)
    )
    sessions = SqlSessions(db, cipher)
    return tuple(sessions.find(session_id, account_id=None) for session_id in found)


def session_of_case(db: Connection, cipher: FieldCipher, case_id: str, session_id: str) -> LivenessSession:
    """One answered session of a case. Raises SessionNotFound, also where it belongs to another case."""
    session = SqlSessions(db, cipher).find(session_id, account_id=None)
    if session.purpose is None or session.purpose.case_id != case_id or session.decision is None:
        raise SessionNotFound
    return session
