"""One contract over every SessionStore: memory, SQLite, PostgreSQL."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from api.db import make_engine, transaction
from api.evidence.fields import FieldCipher
from api.evidence.keyring import Keyring
from api.store.liveness_sessions import SqlSessions
from api.store.metadata import all_tables
from api.store.tables.liveness import liveness_sessions, route_choices
from liveness.challenge.alternatives import Alternatives
from liveness.challenge.asked import Asked
from liveness.challenge.schedule import Prompt, PromptSchedule
from liveness.errors import ConflictingSessionState, ConsentMissing, SessionNotFound
from liveness.sessions.attempts import Attempter
from liveness.sessions.consent import NonFaceRoute, RouteChoice
from liveness.sessions.memory import InMemorySessions
from liveness.sessions.session import SessionState, SessionStore
from liveness.verdict import Action, Profile
from tests.liveness.sessions.builders import (
    ATTEMPTER,
    CLAIM,
    NOW,
    PASS,
    failure,
    make_consent,
    make_decided,
    make_session,
)

STRANGER = Attempter("account-2", "device-2", "f" * 64)


def make_cipher() -> FieldCipher:
    keyring = Keyring.generate(random_bytes=lambda size: b"k" * size)
    return FieldCipher(lambda: keyring)


@pytest.fixture
def sql(engine: Engine) -> Iterator[SqlSessions]:
    with transaction(engine) as db:
        yield SqlSessions(db, make_cipher())


@contextmanager
def opened(url: str) -> Iterator[SqlSessions]:
    made = make_engine(url)
    all_tables().create_all(made)
    with transaction(made) as db:
        yield SqlSessions(db, make_cipher())
    made.dispose()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Iterator[SessionStore]:
    if request.param == "memory":
        yield with_consents(InMemorySessions())
        return
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "empty_postgres_url")
    with opened(url) as made:
        yield with_consents(made)


def with_consents(store: SessionStore) -> SessionStore:
    store.add_consent(make_consent())
    store.add_consent(make_consent("consent-2", "account-2"))
    return store


def test_a_session_comes_back_as_it_was(store: SessionStore) -> None:
    for session in (make_session(), make_session("session-2", purpose=None)):
        store.add(session, CLAIM)
        assert store.find(session.id, account_id="account-1") == session
        assert store.find(session.id, account_id=None) == session


def test_an_answer_comes_back_whole(store: SessionStore) -> None:
    session = make_session()
    store.add(session, CLAIM)
    decided = make_decided(session, PASS, NOW + timedelta(minutes=1))
    store.save(decided, over=SessionState.CREATED)
    assert store.find(session.id, account_id=None) == decided


def test_another_account_finds_nothing(store: SessionStore) -> None:
    store.add(make_session(), CLAIM)
    with pytest.raises(SessionNotFound):
        store.find("session-1", account_id="account-2")
    with pytest.raises(SessionNotFound):
        store.find("session-9", account_id=None)


def test_a_change_is_saved_only_over_the_state_it_was_made_from(store: SessionStore) -> None:
    session = make_session()
    store.add(session, CLAIM)
    first = session.uploaded(video_id="video-1", sha256="1" * 64, now=NOW)
    second = session.uploaded(video_id="video-2", sha256="2" * 64, now=NOW)
    store.save(first, over=SessionState.CREATED)
    with pytest.raises(ConflictingSessionState):
        store.save(second, over=SessionState.CREATED)
    assert store.find(session.id, account_id=None).video_id == "video-1"


def test_the_claim_is_forgotten_with_the_answer(store: SessionStore) -> None:
    session = make_session()
    store.add(session, CLAIM)
    assert store.claim(session.id) == CLAIM
    store.save(make_decided(session, PASS, NOW), over=SessionState.CREATED)
    with pytest.raises(SessionNotFound):
        store.claim(session.id)


def test_the_claim_is_forgotten_when_a_session_ends_without_answer(store: SessionStore) -> None:
    session = make_session()
    store.add(session, CLAIM)
    store.save(session.ended(NOW), over=SessionState.CREATED)
    with pytest.raises(SessionNotFound):
        store.claim(session.id)


def test_sessions_without_answer_are_found_by_their_consent(store: SessionStore) -> None:
    waiting, done = make_session(), make_session("session-2")
    other = make_session("session-3", attempter=STRANGER, consent_id="consent-2")
    for session in (waiting, done, other):
        store.add(session, CLAIM)
    store.save(make_decided(done, failure(), NOW), over=SessionState.CREATED)
    assert [session.id for session in store.open_of_consent("consent-1")] == ["session-1"]


@pytest.mark.parametrize(
    "who",
    [Attempter("account-1", "device-9", "0" * 64), Attempter("account-9", "device-1", "0" * 64)],
    ids=["same account", "same device"],
)
def test_the_latest_open_challenge_is_found(store: SessionStore, who: Attempter) -> None:
    store.add(make_session("session-1"), CLAIM)
    store.add(make_session("session-2", created_at=NOW + timedelta(minutes=1)), CLAIM)
    found = store.unused_of(who, profile=Profile.ORDERED, now=NOW + timedelta(minutes=2))
    assert found is not None
    assert found.id == "session-2"


def test_used_and_expired_challenges_are_not_open(store: SessionStore) -> None:
    store.add(make_session("session-1"), CLAIM)
    used = make_session("session-2")
    store.add(used, CLAIM)
    store.save(used.uploaded(video_id="video-1", sha256="1" * 64, now=NOW), over=SessionState.CREATED)
    assert store.unused_of(ATTEMPTER, profile=Profile.ORDERED, now=NOW + timedelta(minutes=3)) is None
    assert store.unused_of(STRANGER, profile=Profile.ORDERED, now=NOW) is None


def test_an_open_challenge_of_the_other_profile_is_none(store: SessionStore) -> None:
    store.add(make_session(), CLAIM)
    assert store.unused_of(ATTEMPTER, profile=Profile.TIMED, now=NOW) is None


def test_what_is_special_about_a_session_comes_back(store: SessionStore) -> None:
    alternatives = Alternatives(frozenset({Action.NOD, Action.SMILE}), more_time=True)
    session = replace(make_session(), profile=Profile.TIMED, alternatives=alternatives)
    store.add(session, CLAIM)
    store.save(session.streaming(), over=SessionState.CREATED)
    schedule = PromptSchedule((Prompt(0, 1, Action.MOUTH, 1200, 5200), Prompt(1, 1, Action.NOD, 4800, 8800)))
    sent = session.streaming().streamed(video_id="video-1", sha256="d" * 64, schedule=schedule, now=NOW)
    store.save(sent, over=SessionState.STREAMING)
    found = store.find("session-1", account_id=None)
    assert found == sent
    assert found.asked == Asked(session.challenge.steps, Profile.TIMED, schedule)


def test_a_stream_that_was_left_is_overdue(store: SessionStore) -> None:
    session = make_session()
    store.add(session, CLAIM)
    store.save(session.streaming(), over=SessionState.CREATED)
    assert [found.id for found in store.overdue(before=NOW + timedelta(minutes=4), limit=9)] == ["session-1"]


def test_a_video_is_known_by_its_digest_wherever_else_it_was_sent(store: SessionStore) -> None:
    session = make_session()
    store.add(session, CLAIM)
    store.save(session.uploaded(video_id="video-1", sha256="d" * 64, now=NOW), over=SessionState.CREATED)
    assert store.has_video("d" * 64, besides="session-2")
    assert not store.has_video("d" * 64, besides="session-1")
    assert not store.has_video("e" * 64, besides="session-2")


def test_sessions_whose_time_is_over_are_found(store: SessionStore) -> None:
    for name in ("session-1", "session-2"):
        store.add(make_session(name), CLAIM)
    used = make_session("session-2").uploaded(video_id="video-1", sha256="1" * 64, now=NOW)
    store.save(used, over=SessionState.CREATED)
    after = NOW + timedelta(minutes=4)
    assert [session.id for session in store.overdue(before=after, limit=9)] == ["session-1"]
    assert store.overdue(before=after, limit=0) == ()
    assert store.overdue(before=NOW + timedelta(minutes=3), limit=9) == ()


def test_sessions_that_wait_are_found_in_their_order(store: SessionStore) -> None:
    for number in (1, 2, 3):
        session = make_session(f"session-{number}")
        store.add(session, CLAIM)
        if number > 1:
            sent = session.uploaded(video_id="v", sha256="1" * 64, now=NOW - timedelta(minutes=number))
            store.save(sent, over=SessionState.CREATED)
    assert [session.id for session in store.waiting(limit=9)] == ["session-3", "session-2"]
    assert len(store.waiting(limit=1)) == 1


def test_history_counts_by_account_device_and_address(store: SessionStore) -> None:
    for number, (who, counts) in enumerate(
        [(ATTEMPTER, True), (ATTEMPTER, False), (replace(ATTEMPTER, device="device-2"), True)]
    ):
        session = make_session(f"session-{number}", attempter=who)
        store.add(session, CLAIM)
        at = NOW + timedelta(minutes=number)
        store.save(make_decided(session, failure(counts=counts), at), over=SessionState.CREATED)
    history = store.history(ATTEMPTER, since=NOW - timedelta(hours=1))
    assert sorted(history.failed_by_account) == [NOW, NOW + timedelta(minutes=2)]
    assert list(history.failed_by_device) == [NOW]
    assert len(history.failed_by_address) == 2
    assert (len(history.opened_by_account), len(history.opened_by_device)) == (3, 2)


def test_history_counts_what_has_no_answer_yet(store: SessionStore) -> None:
    streaming = replace(make_session("s-1"), profile=Profile.TIMED)
    sent = make_session("s-2", attempter=replace(ATTEMPTER, account_id="account-2"))
    decided = make_session("s-3")
    for session in (streaming, sent, decided, make_session("s-4")):
        store.add(session, CLAIM)
    store.save(streaming.streaming(), over=SessionState.CREATED)
    store.save(sent.uploaded(video_id="v", sha256="d" * 64, now=NOW), over=SessionState.CREATED)
    store.save(make_decided(decided, PASS, NOW), over=SessionState.CREATED)
    assert store.history(ATTEMPTER, since=NOW - timedelta(hours=1)).unanswered == 2


def test_who_left_is_counted_without_an_answer(store: SessionStore) -> None:
    streaming = replace(make_session("s-1"), profile=Profile.TIMED)
    store.add(streaming, CLAIM)
    store.save(streaming.streaming().left(NOW), over=SessionState.CREATED)
    assert store.find("s-1", account_id=None).counts
    assert list(store.history(ATTEMPTER, since=NOW - timedelta(hours=1)).failed_by_account) == [NOW]


def test_history_leaves_out_what_is_old_and_what_is_others(store: SessionStore) -> None:
    session = make_session()
    store.add(session, CLAIM)
    store.save(make_decided(session, failure(), NOW), over=SessionState.CREATED)
    for history in (store.history(ATTEMPTER, since=NOW), store.history(STRANGER, since=NOW - timedelta(1))):
        assert not any(getattr(history, name) for name in history.__slots__)


def test_a_consent_is_given_found_and_taken_back(store: SessionStore) -> None:
    assert store.consent("consent-1", account_id="account-1") == make_consent()
    store.save_consent(make_consent().revoked(NOW))
    assert not store.consent("consent-1", account_id="account-1").is_in_force
    for consent_id, account_id in (("consent-1", "account-2"), ("consent-9", "account-1")):
        with pytest.raises(ConsentMissing):
            store.consent(consent_id, account_id=account_id)


def test_a_choice_without_the_face_is_kept(sql: SqlSessions) -> None:
    sql.add_route_choice(RouteChoice("choice-1", "account-1", NonFaceRoute.POST, "case-1", NOW))
    row = sql._db.execute(select(route_choices)).one()
    assert (row.route, row.case_id, row.chosen_at) == ("post", "case-1", NOW)


def test_no_column_tells_who_was_claimed(sql: SqlSessions) -> None:
    sql.add_consent(make_consent())
    sql.add(make_session(), CLAIM)
    row = sql._db.execute(select(liveness_sessions)).one()
    text = json.dumps([str(value) for value in row], ensure_ascii=False)
    assert CLAIM.document_number not in text
    assert CLAIM.name not in text


def test_what_a_person_cannot_do_is_sealed(sql: SqlSessions) -> None:
    sql.add_consent(make_consent())
    sql.add(replace(make_session(), alternatives=Alternatives(frozenset({Action.TURN_LEFT}))), CLAIM)
    row = sql._db.execute(select(liveness_sessions)).one()
    assert row.alternatives
    assert Action.TURN_LEFT.value not in row.alternatives


def test_a_claim_moved_to_another_row_does_not_open(sql: SqlSessions) -> None:
    from api.errors import EvidenceError

    sql.add_consent(make_consent())
    sql.add(make_session("session-1"), CLAIM)
    sql.add(make_session("session-2"), CLAIM)
    moved = select(liveness_sessions.c.claim).where(liveness_sessions.c.id == "session-1").scalar_subquery()
    sql._db.execute(
        liveness_sessions.update().where(liveness_sessions.c.id == "session-2").values(claim=moved)
    )
    with pytest.raises(EvidenceError):
        sql.claim("session-2")
