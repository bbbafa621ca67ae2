"""The messages of a stream, as JSON: what the service says, and what a client may say."""

import json
from dataclasses import dataclass
from typing import Any

from api.error_answers import Answer
from api.errors import StreamError
from api.messages import Catalogue, Language
from liveness.live.happenings import Finished, Happening, HintsChanged, Progressed, Prompted

Message = dict[str, Any]

NORMAL = 1000
REPLACED = 4000
"""Another socket of the same person goes on with the stream."""


@dataclass(frozen=True, slots=True)
class Resume:
    """The next byte is the one at this offset."""

    offset: int


@dataclass(frozen=True, slots=True)
class EndOfVideo:
    """The recording is over and all of it was sent."""


def read_text(text: str) -> Resume | EndOfVideo:
    """Read what a client says beside bytes. Raises StreamError."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise StreamError from None
    match said:
        case {"type": "end"}:
            return EndOfVideo()
        case {"type": "resume", "offset": int(offset)} if offset >= 0 and not isinstance(offset, bool):
            return Resume(offset)
        case _:
            raise StreamError


def told(happening: Happening, catalogue: Catalogue, language: Language) -> Message:
    """Put what has happened into words."""
    match happening:
        case HintsChanged(codes=codes):
            hints = [{"code": code, "text": catalogue.text(code, language)} for code in codes]
            return {"type": "hint", "codes": list(codes), "hints": hints}
        case Prompted(action=action):
            return {
                "type": "prompt",
                "action": action.value,
                "text": catalogue.text(f"action.{action.value}", language),
                "repeat": happening.repeat,
                "of": happening.repeats,
                "number": happening.number,
                "count": happening.count,
                "closes_in_ms": happening.closes_in_ms,
            }
        case Progressed(action=action, share=share):
            return {"type": "progress", "action": action.value, "share": share}
        case Finished():
            return {"type": "finish"}


def problem(answer: Answer, catalogue: Catalogue, language: Language) -> Message:
    """Say why a stream ends without an answer, as a problem document with a `type` of its own."""
    text = catalogue.text(answer.code, language)
    return {"type": "error", "code": answer.code, "status": answer.status, "title": text, "detail": text}


def close_code(answer: Answer) -> int:
    """A socket that is closed for a problem says so by 4000 and the HTTP status, as 4409."""
    return 4000 + answer.status
