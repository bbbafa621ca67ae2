"""The `timed` profile against somebody who listens, and against a recording that cannot."""

import re
from typing import Any

import pytest

from liveness.challenge.alternatives import STAND_INS
from liveness.verdict import STANDARD_ACTIONS, Action
from tests.api.streaming.conftest import Person, Service, eventually
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


def test_whoever_can_do_none_of_the_three_and_needs_more_time_passes_with_other_movements(
    service: Service, person: Person
) -> None:
    """Turning to either side and smiling, one of them begun later than anybody else's window would allow."""
    before = _taken(service)
    make_reel(STAND_INS)
    session = person.open(profile="timed", alternatives={"cannot": [*STANDARD_ACTIONS], "more_time": True})
    stream = person.connect(session)
    delays_s = [0.5, 4.4, 0.8]
    verdict = perform(stream, lambda prompt: delays_s[prompt["number"] - 1], can=STAND_INS)
    assert verdict.get("outcome") == "passed", verdict
    prompts = stream.of("prompt")
    assert {prompt["action"] for prompt in prompts} == {"turn_left", "turn_right", "smile"}
    assert {prompt["closes_in_ms"] for prompt in prompts} == {8000}
    after = _taken(service)
    assert {kind: after[kind] - before[kind] for kind in after} == {
        **dict.fromkeys(("turn_left", "turn_right", "smile", "more_time"), 1.0)
    }


def _taken(service: Service) -> dict[str, float]:
    """How often each alternative was taken, by the service's own count."""
    text = service.services.metrics.text().decode()
    return {
        kind: float(found[1])
        if (found := re.search(rf'alternatives_total{{kind="{kind}"}} (\S+)', text))
        else 0.0
        for kind in ("turn_left", "turn_right", "smile", "more_time")
    }


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
