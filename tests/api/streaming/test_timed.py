"""The `timed` profile against somebody who listens, and against a recording that cannot."""

from typing import Any

import pytest

from liveness.verdict import Action
from tests.api.streaming.conftest import Person, eventually
from tests.api.streaming.puppet import make_reel, perform

pytestmark = pytest.mark.slow

DELAYS_S = [0.5, 0.85, 0.65]


@pytest.fixture(autouse=True, scope="module")
def drawn() -> None:
    make_reel()


def test_who_does_what_is_asked_when_it_is_asked_passes(person: Person) -> None:
    session = person.open(profile="timed")
    stream = person.connect(session)
    verdict = perform(stream, lambda prompt: DELAYS_S[prompt["number"] - 1])
    assert verdict.get("outcome") == "passed", verdict
    assert [prompt["action"] for prompt in stream.of("prompt")] == ["mouth", "nod", "blink"]
    assert [prompt["of"] for prompt in stream.of("prompt")] == [1, 1, 1]
    assert person.look(session)["profile"] == "timed"


def test_a_recording_in_the_right_order_that_ignores_the_prompts_does_not_pass(person: Person) -> None:
    session = person.open(profile="timed")
    stream = person.connect(session)
    plays = [(1.2, Action.MOUTH), (3.4, Action.NOD), (5.4, Action.BLINK)]
    verdict = perform(stream, lambda _prompt: None, plays=plays)
    # "unfinished" where the machine was too busy to ask for everything in time.
    assert verdict.get("outcome") in ("failed", "undecided"), verdict
    assert {reason["code"] for reason in verdict["reasons"]} & {
        "reaction.too_early",
        "reaction.missing",
        "challenge.unfinished",
    }


class Left(Exception):
    """Somebody has seen enough."""


def leave(_prompt: dict[str, Any]) -> None:
    raise Left


def test_leaving_counts_as_a_try_from_the_first_prompt_on(person: Person) -> None:
    session = person.open(profile="timed")
    stream = person.connect(session)
    stream.hear_until("ready")
    stream.socket.close()
    eventually(lambda: person.look(session)["state"] == "expired")
    assert person.look(session)["attempts_left"] == 3

    session = person.open(profile="timed")
    stream = person.connect(session)
    with pytest.raises(Left):
        perform(stream, leave)
    stream.socket.close()
    eventually(lambda: person.look(session)["state"] == "expired")
    assert person.look(session)["attempts_left"] == 2


def test_ending_the_recording_after_the_first_prompt_counts_as_a_try(person: Person) -> None:
    session = person.open(profile="timed")
    stream = person.connect(session)
    with pytest.raises(Left):
        perform(stream, leave)
    assert stream.end()["outcome"] in ("undecided", "failed")
    assert person.look(session)["attempts_left"] == 2
