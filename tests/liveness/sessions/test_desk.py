from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from liveness.challenge.source import RandomChallengeSource
from liveness.errors import (
    ConflictingSessionState,
    ConsentMissing,
    ConsentVersionUnknown,
    SessionAlreadyUsed,
    SessionExpired,
    SessionNotFound,
    TooManyAttempts,
)
from liveness.sessions.attempts import Attempter
from liveness.sessions.consent import ConsentTexts, NonFaceRoute
from liveness.sessions.desk import Desk, DeskParts, Opening
from liveness.sessions.memory import InMemorySessions
from liveness.sessions.session import Decision, LivenessSession, SessionState
from liveness.verdict import Outcome, Reason
from models.comparison import Match
from tests.liveness.sessions.builders import (
    ATTEMPTER,
    CLAIM,
    MATCH,
    NOW,
    PASS,
    PASSED_VERDICT,
    PERSON,
    PURPOSE,
    failure,
    ids,
)

ME = ATTEMPTER.account_id
TEXTS = ConsentTexts.load()


@dataclass
class Office:
    """A desk over memory, with a clock to move."""

    now: datetime = NOW
    store: InMemorySessions = field(default_factory=InMemorySessions)

    def __post_init__(self) -> None:
        self.desk = Desk(
            self.store,
            DeskParts(
                texts=TEXTS,
                challenges=RandomChallengeSource(np.random.default_rng(11).bytes),
                clock=lambda: self.now,
                new_id=ids("id"),
            ),
        )
        self.consent_id = self.desk.give_consent(ME, TEXTS.current_version).id

    def wait(self, **by: float) -> None:
        self.now += timedelta(**by)

    def open(self, attempter: Attempter = ATTEMPTER) -> LivenessSession:
        return self.desk.open(Opening(attempter, self.consent_id, CLAIM, PERSON, PURPOSE))

    def send(self, session: LivenessSession) -> LivenessSession:
        return self.desk.receive(session.id, ME, video_id="video-1", sha256="d" * 64)

    def finish(self, decision: Decision) -> LivenessSession:
        session = self.send(self.open())
        self.desk.begin_analysis(session.id)
        decided = self.desk.decide(session.id, decision)
        assert decided is not None
        return decided


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_session_goes_from_challenge_to_pass(office: Office) -> None:
    session = office.open()
    assert session.state is SessionState.CREATED
    assert session.expires_at == NOW + timedelta(minutes=3)
    assert office.send(session).state is SessionState.UPLOADED
    begun = office.desk.begin_analysis(session.id)
    assert begun is not None
    assert begun[0].state is SessionState.ANALYSING
    assert begun[1] == CLAIM
    decided = office.desk.decide(session.id, PASS)
    assert decided is not None
    assert decided.state is SessionState.PASSED


def test_no_consent_no_session(office: Office) -> None:
    office.consent_id = "id-of-nothing"
    with pytest.raises(ConsentMissing):
        office.open()


def test_the_consent_of_another_account_is_none(office: Office) -> None:
    with pytest.raises(ConsentMissing):
        office.open(replace(ATTEMPTER, account_id="account-2"))


def test_only_the_text_in_force_can_be_consented_to(office: Office) -> None:
    with pytest.raises(ConsentVersionUnknown):
        office.desk.give_consent(ME, "2018-01")


def test_the_consent_says_to_which_words(office: Office) -> None:
    assert office.store.consent(office.consent_id, account_id=ME).text_sha256 == TEXTS.current.sha256


def test_taking_consent_back_ends_what_is_open_and_nothing_else(office: Office) -> None:
    done = office.finish(PASS)
    waiting, sent = office.open(), office.send(office.open())
    ended = office.desk.revoke_consent(ME, office.consent_id)
    assert {session.id for session in ended} == {waiting.id, sent.id}
    assert [session.video_id for session in ended if session.id == sent.id] == ["video-1"]
    assert office.desk.begin_analysis(sent.id) is None
    assert office.desk.decide(sent.id, PASS) is None
    assert office.desk.look(done.id, ME)[0].state is SessionState.PASSED
    with pytest.raises(ConsentMissing):
        office.open()


def test_a_video_after_the_consent_was_taken_back_is_refused(office: Office) -> None:
    session = office.open()
    office.store.save_consent(office.store.consent(office.consent_id, account_id=ME).revoked(NOW))
    with pytest.raises(ConsentMissing):
        office.desk.require_open(session.id, ME)
    with pytest.raises(ConsentMissing):
        office.send(session)


def test_a_session_takes_one_video(office: Office) -> None:
    session = office.open()
    office.send(session)
    with pytest.raises(SessionAlreadyUsed):
        office.desk.require_open(session.id, ME)
    with pytest.raises(SessionAlreadyUsed):
        office.send(session)


def test_a_session_expires(office: Office) -> None:
    session = office.open()
    office.wait(minutes=3)
    with pytest.raises(SessionExpired):
        office.desk.require_open(session.id, ME)
    assert office.desk.look(session.id, ME)[0].state is SessionState.EXPIRED


def test_an_upload_that_began_in_time_may_end_later(office: Office) -> None:
    session = office.open()
    office.wait(minutes=2, seconds=59)
    office.desk.require_open(session.id, ME)
    office.wait(seconds=30)
    assert office.send(session).state is SessionState.UPLOADED


def test_a_session_of_another_account_is_not_found(office: Office) -> None:
    session = office.open()
    for ask in (office.desk.require_open, office.desk.look):
        with pytest.raises(SessionNotFound):
            ask(session.id, "account-2")


def test_three_failures_lock_for_half_an_hour(office: Office) -> None:
    for left in (2, 1, 0):
        session = office.finish(failure())
        assert office.desk.look(session.id, ME)[1] == left
    with pytest.raises(TooManyAttempts) as raised:
        office.open()
    assert raised.value.retry_after_seconds == 1801
    office.wait(minutes=30)
    office.open()


def test_sessions_opened_in_advance_do_not_get_round_a_lock(office: Office) -> None:
    in_advance = office.open()
    for _ in range(3):
        office.finish(failure())
    with pytest.raises(TooManyAttempts):
        office.desk.require_open(in_advance.id, ME)


def test_another_device_does_not_open_the_lock_of_an_account(office: Office) -> None:
    for _ in range(3):
        office.finish(failure())
    with pytest.raises(TooManyAttempts):
        office.open(replace(ATTEMPTER, device="device-2", address="0" * 64))


def test_a_stranger_who_fails_with_my_number_does_not_lock_me_out(office: Office) -> None:
    for _ in range(3):
        office.finish(failure())
    stranger = Attempter("account-2", "device-2", "0" * 64)
    consent = office.desk.give_consent(stranger.account_id, TEXTS.current_version)
    office.desk.open(Opening(stranger, consent.id, CLAIM, PERSON))


def test_what_was_not_the_persons_fault_does_not_count(office: Office) -> None:
    for _ in range(4):
        session = office.finish(
            Decision(Outcome.UNDECIDED, (Reason("comparison.unavailable"),), counts=False)
        )
    assert office.desk.look(session.id, ME)[1] == 3


def test_one_does_not_draw_until_an_order_fits(office: Office) -> None:
    first = office.open()
    again = [office.open() for _ in range(5)]
    assert {session.challenge.actions for session in again} == {first.challenge.actions}
    assert len({session.challenge.nonce for session in again}) == 5
    with pytest.raises(TooManyAttempts):
        office.open()


def test_after_use_a_new_order_is_drawn(office: Office) -> None:
    orders = set()
    for _ in range(12):
        orders.add(office.finish(PASS).challenge.actions)
        office.wait(minutes=40)
    assert len(orders) > 2


def test_an_answer_is_given_once(office: Office) -> None:
    session = office.finish(failure())
    assert office.desk.decide(session.id, PASS) is None
    assert office.desk.look(session.id, ME)[0].state is SessionState.FAILED


def test_an_analysis_whose_process_died_begins_again(office: Office) -> None:
    session = office.send(office.open())
    assert office.desk.begin_analysis(session.id) is not None
    assert office.desk.begin_analysis(session.id) is not None


def test_no_answer_without_a_video(office: Office) -> None:
    with pytest.raises(ConflictingSessionState):
        office.desk.decide(office.open().id, PASS)


def test_a_choice_without_the_face_is_recorded(office: Office) -> None:
    choice = office.desk.choose_route(ME, NonFaceRoute.COUNTER, "case-1")
    assert office.store.choices == [choice]
    assert choice.chosen_at == NOW


@pytest.mark.parametrize(
    "parts",
    [
        {"verdict": None},
        {"comparison": None},
        {"verdict": replace(PASSED_VERDICT, outcome=Outcome.FAILED)},
        {"comparison": replace(MATCH, match=Match.NOT_MATCHED)},
    ],
    ids=["no verdict", "no comparison", "failing verdict", "another person"],
)
def test_a_pass_without_everything_that_makes_one_cannot_be_built(parts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a pass needs"):
        replace(PASS, **parts)  # type: ignore[arg-type]  # the tests name real fields


def test_a_refusal_says_why() -> None:
    with pytest.raises(ValueError, match="says why"):
        Decision(Outcome.FAILED, (), counts=True)
