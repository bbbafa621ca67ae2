"""The `timed` profile against somebody who listens, and against a recording that cannot."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from liveness.challenge.alternatives import STAND_INS
from liveness.verdict import STANDARD_ACTIONS, Action
from tests.api.streaming.conftest import Person, Service, Stream, eventually
from tests.api.streaming.puppet import make_reel, perform

pytestmark = pytest.mark.slow

DELAYS_S = [0.5, 0.85, 0.65]


COUNTS = {"offset", "repeat", "of", "number", "count", "closes_in_ms", "share"}
"""Every number that a person may be told; none of them is a score."""


def numbers_told(stream: Stream) -> set[str]:
    """The names of all numbers in what was said over a socket; shares only as coarse as they are meant."""
    assert {message["share"] for message in stream.of("progress")} <= {0, 0.5, 1}
    return set(_numbers(stream.told, ""))


def _numbers(value: object, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name


@pytest.fixture(autouse=True, scope="module")
def drawn() -> None:
    make_reel()


def pass_by_reacting(
    person: Person, delays_s: list[float], *, can: tuple[Action, ...] = STANDARD_ACTIONS, **given: Any
) -> tuple[dict[str, Any], Stream, int]:
    """Answer every prompt after its delay; give the session that passed, its stream, how many were opened.

    Beside other work the camera drops frames of a movement: people try again too.
    """
    verdict: dict[str, Any] = {}
    for opened in (1, 2):
        session = person.open(profile="timed", **given)
        stream = person.connect(session)
        verdict = perform(stream, lambda prompt: delays_s[prompt["number"] - 1], can=can)
        if verdict.get("outcome") == "passed":
            return session, stream, opened
    raise AssertionError(verdict)


def test_who_does_what_is_asked_when_it_is_asked_passes(person: Person) -> None:
    session, stream, _ = pass_by_reacting(person, DELAYS_S)
    assert [prompt["action"] for prompt in stream.of("prompt")] == ["mouth", "nod", "blink"]
    assert [prompt["of"] for prompt in stream.of("prompt")] == [1, 1, 1]
    assert numbers_told(stream) <= COUNTS
    assert person.look(session)["profile"] == "timed"


def test_whoever_can_do_none_of_the_three_and_needs_more_time_passes_with_other_movements(
    service: Service, person: Person
) -> None:
    """Turning to either side and smiling, one of them begun later than anybody else's window would allow."""
    before = _taken(service)
    make_reel(STAND_INS)
    given = {"cannot": [*STANDARD_ACTIONS], "more_time": True}
    _, stream, opened = pass_by_reacting(person, [0.5, 4.4, 0.8], can=STAND_INS, alternatives=given)
    prompts = stream.of("prompt")
    assert {prompt["action"] for prompt in prompts} == {"turn_left", "turn_right", "smile"}
    assert {prompt["closes_in_ms"] for prompt in prompts} == {8000}
    after = _taken(service)
    assert {kind: after[kind] - before[kind] for kind in after} == dict.fromkeys(
        ("turn_left", "turn_right", "smile", "more_time"), opened
    )


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
    assert numbers_told(stream) <= COUNTS


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
