"""What a socket is told that comes in the middle, or after the end."""

import asyncio
from collections.abc import Callable
from typing import Any

from api.messages import Catalogue, Language
from api.streaming.audience import Audience, Line
from liveness.live.happenings import Finished, HintsChanged, Progressed, Prompted
from liveness.verdict import Action

CATALOGUE = Catalogue.load()
PROMPT = Prompted(Action.NOD, repeat=2, repeats=2, number=3, count=5, closes_in_ms=4000)
READY = {"type": "ready", "offset": 0}


def said(play: Callable[[Audience, Line], None]) -> list[Any]:
    """Everything the second of two sockets is told."""

    async def run() -> list[Any]:
        audience, first, second = Audience(CATALOGUE), Line(Language.CHINESE), Line(Language.ENGLISH)
        audience.join(first, READY)
        play(audience, second)
        return [second.waiting.get_nowait() for _ in range(second.waiting.qsize())]

    return asyncio.run(run())


def test_who_comes_back_sees_the_hints_and_the_prompt_that_still_stand() -> None:
    def play(audience: Audience, second: Line) -> None:
        audience.tell(HintsChanged(("quality.too_dark",)))
        audience.tell(PROMPT)
        audience.tell(Progressed(Action.NOD, 0.5))
        audience.join(second, READY)

    ready, hint, prompt = said(play)
    assert ready == READY
    assert (hint["codes"], hint["hints"][0]["text"]) == (["quality.too_dark"], text("quality.too_dark"))
    assert (prompt["action"], prompt["repeat"], prompt["of"], prompt["number"]) == ("nod", 2, 2, 3)
    assert 3900 <= prompt["closes_in_ms"] <= 4000


def test_what_is_over_is_not_said_again() -> None:
    def play(audience: Audience, second: Line) -> None:
        audience.tell(HintsChanged(("quality.too_dark",)))
        audience.tell(HintsChanged(()))
        audience.tell(PROMPT)
        audience.tell(Progressed(Action.NOD, 1.0))
        audience.join(second, READY)

    assert said(play) == [READY]


def test_after_the_end_the_last_word_is_said_in_the_language_of_who_asks() -> None:
    def play(audience: Audience, second: Line) -> None:
        audience.tell(Finished())
        audience.say_last(lambda language: {"type": "verdict", "language": language.value}, code=4408)
        audience.join(second, READY)

    assert said(play) == [READY, {"type": "verdict", "language": "en"}, 4408]


def test_one_socket_takes_the_place_of_another() -> None:
    async def run() -> tuple[list[Any], bool]:
        audience, first, second = Audience(CATALOGUE), Line(Language.CHINESE), Line(Language.CHINESE)
        audience.join(first, READY)
        audience.join(second, READY)
        assert audience.line is second
        return [first.waiting.get_nowait() for _ in range(first.waiting.qsize())], audience.leave(first)

    told, was_heard = asyncio.run(run())
    assert told == [READY, 4000]
    assert not was_heard


def text(code: str) -> str:
    return CATALOGUE.text(code, Language.ENGLISH)
