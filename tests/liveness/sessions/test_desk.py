from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from liveness.challenge.alternatives import NO_ALTERNATIVES, Alternatives
from liveness.challenge.asked import Asked
from liveness.challenge.schedule import Prompt, PromptSchedule
from liveness.challenge.source import RandomChallengeSource
from liveness.errors import (
    ConflictingSessionState,
    ConsentMissing,
    ConsentVersionUnknown,
    SessionAlreadyUsed,
    SessionExpired,
    SessionNotFound,
    StreamNeeded,
    TooManyAttempts,
)
from liveness.sessions.attempts import Attempter
from liveness.sessions.consent import ConsentTexts, NonFaceRoute
from liveness.sessions.desk import Desk, DeskParts, Opening
from liveness.sessions.memory import InMemorySessions
from liveness.sessions.session import Decision, LivenessSession, SessionState
from liveness.verdict import Action, Outcome, Profile, Reason
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

    def open(
        self,
        attempter: Attempter = ATTEMPTER,
        *,
        profile: Profile = Profile.ORDERED,
        alternatives: Alternatives = NO_ALTERNATIVES,
    ) -> LivenessSession:
        return self.desk.open(
            Opening(attempter, self.consent_id, CLAIM, PERSON, PURPOSE, profile, alternatives)
        )

    def stream(self) -> LivenessSession:
        return self.desk.begin_stream(self.open(profile=Profile.TIMED).id, ME)

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
    assert begun.state is SessionState.ANALYSING
    assert office.desk.claim(session.id) == CLAIM
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


def test_a_timed_challenge_is_not_drawn_from_an_ordered_one_that_was_told(office: Office) -> None:
    told = {office.open().challenge.steps for _ in range(2)}
    drawn = {office.open(profile=Profile.TIMED).challenge.steps for _ in range(2)}
    assert (len(told), len(drawn)) == (1, 2)
    assert not drawn & told


def test_saying_what_one_cannot_do_changes_that_alone(office: Office) -> None:
    first = office.open()
    then = office.open(alternatives=Alternatives(frozenset({Action.NOD}), more_time=True))
    for old, new in zip(first.challenge.steps, then.challenge.steps, strict=True):
        assert new.window_ms == 2 * old.window_ms
        assert (old.repeats, old.pause_ms) == (new.repeats, new.pause_ms)
        assert new.action is (old.action if old.action is not Action.NOD else new.action)
    assert Action.NOD not in then.challenge.actions
    # Who changes their mind does not draw the stand-in anew.
    assert office.open().challenge.actions == then.challenge.actions


def test_a_stream_is_begun_once_and_takes_no_file(office: Office) -> None:
    streaming = office.stream()
    assert streaming.state is SessionState.STREAMING
    with pytest.raises(SessionAlreadyUsed):
        office.desk.begin_stream(streaming.id, ME)
    with pytest.raises(SessionAlreadyUsed):
        office.desk.require_open(streaming.id, ME)
    with pytest.raises(StreamNeeded):
        office.send(streaming)


def test_a_timed_session_takes_no_recorded_file(office: Office) -> None:
    session = office.open(profile=Profile.TIMED)
    with pytest.raises(StreamNeeded):
        office.desk.require_open(session.id, ME)
    with pytest.raises(StreamNeeded):
        office.send(session)


def test_a_streamed_video_is_judged_by_the_prompts_that_were_shown(office: Office) -> None:
    session = office.stream()
    schedule = PromptSchedule((Prompt(0, 1, session.challenge.actions[0], 2000, 6000),))
    sent = office.desk.receive_stream(session.id, ME, video_id="video-1", sha256="d" * 64, schedule=schedule)
    assert sent.state is SessionState.UPLOADED
    assert sent.asked == Asked(session.challenge.steps, Profile.TIMED, schedule)
    with pytest.raises(SessionAlreadyUsed):
        office.desk.receive_stream(session.id, ME, video_id="video-2", sha256="e" * 64, schedule=schedule)


def test_an_ordered_session_may_be_streamed_as_well(office: Office) -> None:
    session = office.desk.begin_stream(office.open().id, ME)
    sent = office.desk.receive_stream(session.id, ME, video_id="video-1", sha256="d" * 64, schedule=None)
    assert sent.asked == Asked(session.challenge.steps)


def test_a_stream_may_run_a_little_past_the_end_and_then_expires(office: Office) -> None:
    session = office.open(profile=Profile.TIMED)
    office.wait(minutes=2, seconds=59)
    office.desk.begin_stream(session.id, ME)
    office.wait(seconds=150)
    assert office.desk.look(session.id, ME)[0].state is SessionState.STREAMING
    office.wait(seconds=1)
    assert office.desk.look(session.id, ME)[0].state is SessionState.EXPIRED
    office.wait(minutes=15)
    assert office.desk.end_overdue(grace=timedelta(minutes=15)) == 1


def test_a_stream_that_broke_off_is_ended_or_answered(office: Office) -> None:
    left = office.stream()
    office.desk.end_stream(left.id)
    assert office.desk.look(left.id, ME)[0].state is SessionState.EXPIRED
    with pytest.raises(ConflictingSessionState):
        office.desk.end_stream(left.id)
    broken = office.stream()
    lost = Decision(Outcome.UNDECIDED, (Reason("work.lost"),), counts=False)
    decided = office.desk.decide(broken.id, lost)
    assert decided is not None
    assert decided.state is SessionState.UNDECIDED


def test_streams_begun_in_advance_do_not_get_round_a_lock(office: Office) -> None:
    in_advance = office.open(profile=Profile.TIMED)
    for _ in range(3):
        office.finish(failure())
    with pytest.raises(TooManyAttempts):
        office.desk.begin_stream(in_advance.id, ME)


def test_tries_all_at_once_are_no_more_than_tries_one_by_one(office: Office) -> None:
    running = [office.stream() for _ in range(3)]
    fourth = office.open(profile=Profile.TIMED)
    with pytest.raises(TooManyAttempts) as refused:
        office.desk.begin_stream(fourth.id, ME)
    assert refused.value.retry_after_seconds == 60
    office.desk.end_stream(running[0].id)
    office.desk.begin_stream(fourth.id, ME)


def test_a_timed_challenge_cannot_be_watched_in_one_session_and_answered_in_another(office: Office) -> None:
    opened = [office.open(profile=Profile.TIMED) for _ in range(3)]
    opened.append(office.open(replace(ATTEMPTER, device="device-2"), profile=Profile.TIMED))
    assert len({session.challenge.steps for session in opened}) == 4


def test_opening_a_timed_session_again_does_not_draw_other_stand_ins(office: Office) -> None:
    cannot = Alternatives(cannot=frozenset({Action.NOD}))
    opened = [office.open(profile=Profile.TIMED, alternatives=cannot) for _ in range(6)]
    assert len({frozenset(session.challenge.actions) for session in opened}) == 1
    assert all(Action.NOD not in session.challenge.actions for session in opened)


def test_files_that_were_on_their_way_at_once_are_no_more_than_three(office: Office) -> None:
    sessions = [office.open() for _ in range(4)]
    for session in sessions:
        office.desk.require_open(session.id, ME)
    for session in sessions[:3]:
        office.send(session)
    with pytest.raises(TooManyAttempts):
        office.send(sessions[3])


def test_who_has_failed_twice_tries_once_at_a_time(office: Office) -> None:
    for _ in range(2):
        office.finish(failure())
    first, second = office.open(), office.open()
    office.send(first)
    with pytest.raises(TooManyAttempts):
        office.send(second)


def test_leaving_after_the_first_prompt_three_times_locks(office: Office) -> None:
    for _ in range(3):
        office.desk.end_left_stream(office.stream().id)
    with pytest.raises(TooManyAttempts) as refused:
        office.stream()
    assert refused.value.retry_after_seconds > 1700


def test_leaving_before_the_first_prompt_counts_for_nothing(office: Office) -> None:
    for _ in range(3):
        office.desk.end_stream(office.stream().id)
    assert office.desk.attempts_left(ATTEMPTER) == 3
    office.stream()


def test_consent_taken_back_ends_a_running_stream(office: Office) -> None:
    session = office.stream()
    office.desk.revoke_consent(ME, office.consent_id)
    with pytest.raises((ConsentMissing, SessionAlreadyUsed)):
        office.desk.receive_stream(session.id, ME, video_id="video-1", sha256="d" * 64, schedule=None)


def test_the_same_bytes_for_another_session_are_known(office: Office) -> None:
    first = office.send(office.open())
    assert not office.desk.is_used_video(first)
    assert office.desk.is_used_video(office.send(office.open()))


def test_another_account_on_a_locked_device_is_locked_too(office: Office) -> None:
    for _ in range(3):
        office.finish(failure())
    neighbour = Attempter("account-2", ATTEMPTER.device, "0" * 64)
    consent = office.desk.give_consent(neighbour.account_id, TEXTS.current_version)
    with pytest.raises(TooManyAttempts):
        office.desk.open(Opening(neighbour, consent.id, CLAIM, PERSON))


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
