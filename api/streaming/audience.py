"""Whoever listens to a stream: one socket at a time, and what the next one must be told again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from api.messages import Catalogue, Language
from api.streaming.clock import clock_ms
from api.streaming.messages import NORMAL, REPLACED, Message, told
from liveness.live.happenings import Finished, Happening, HintsChanged, Progressed, Prompted

InWords = Callable[[Language], Message]
"""The last word about a stream, in the language of whoever hears it."""


@dataclass(slots=True, eq=False)
class Line:
    """What waits to be said over one socket; a number is the code it is closed with."""

    language: Language
    waiting: "asyncio.Queue[Message | int]" = field(default_factory=asyncio.Queue)

    def say(self, message: Message) -> None:
        self.waiting.put_nowait(message)

    def close(self, code: int = NORMAL) -> None:
        self.waiting.put_nowait(code)


@dataclass(slots=True)
class Audience:
    """Speaks to the line that is there, and remembers what is on the screen."""

    catalogue: Catalogue
    line: Line | None = None
    left_ms: float = field(default_factory=clock_ms)
    _hints: HintsChanged = field(default_factory=lambda: HintsChanged(()))
    _prompt: Prompted | None = None
    _prompted_ms: float = 0.0
    _finished: bool = False
    _last_word: InWords | None = None
    _last_code: int = NORMAL

    def replace(self) -> None:
        """Close the line that is there: somebody else comes in its place."""
        if self.line is not None:
            self.line.close(REPLACED)
            self.leave(self.line)

    def join(self, line: Line, welcome: Message) -> None:
        """Speak over this line from now on; one that was there before is closed."""
        self.replace()
        self.line = line
        line.say(welcome)
        for happening in self._screen():
            line.say(told(happening, self.catalogue, line.language))
        if self._last_word is not None:
            line.say(self._last_word(line.language))
            line.close(self._last_code)

    def leave(self, line: Line) -> bool:
        """Forget a line that is gone; false where another has taken its place already."""
        if self.line is not line:
            return False
        self.line, self.left_ms = None, clock_ms()
        return True

    def say(self, message: Message) -> None:
        """Say something that matters only now."""
        if self.line is not None:
            self.line.say(message)

    def tell(self, happening: Happening) -> None:
        """Say what has happened, and remember it as long as it is true."""
        match happening:
            case HintsChanged():
                self._hints = happening
            case Prompted():
                self._prompt, self._prompted_ms = happening, clock_ms()
            case Progressed(share=share):
                self._prompt = None if share >= 1 else self._prompt
            case Finished():
                self._finished, self._prompt = True, None
        if self.line is not None:
            self.line.say(told(happening, self.catalogue, self.line.language))

    def say_last(self, word: InWords, *, code: int = NORMAL) -> None:
        """Say how it ended, also to who comes later, and close."""
        self._last_word, self._last_code = word, code
        if self.line is not None:
            self.line.say(word(self.line.language))
            self.line.close(code)

    def _screen(self) -> list[Happening]:
        if self._last_word is not None:
            return []
        shown: list[Happening] = [self._hints] if self._hints.codes else []
        if self._prompt is not None:
            left_ms = self._prompt.closes_in_ms - (clock_ms() - self._prompted_ms)
            shown.append(replace(self._prompt, closes_in_ms=max(0, round(left_ms))))
        return [*shown, Finished()] if self._finished else shown
