"""What is known of a clip or a pair beside its kind: given tags, words of the labels, measured facts."""

import re
from collections.abc import Mapping
from typing import Final

from liveness.evaluation.answers import ClipAnswer
from liveness.evaluation.labels import LabelledClip

WORDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "glasses": {"yes": ("glasses",)},
    "gender": {"man": ("man", "male"), "woman": ("woman", "female")},
    "device": {"webcam": ("webcam",), "phone": ("phone selfie", "phone camera")},
}
"""Words looked for in the text about a person. What a text does not say stays unknown: no word, no tag."""

ORIGINS: Final = ("east_asian", "west_asian", "black", "white")
"""Words of the same kind in the notes of pairs, as their publisher wrote them."""

FRAME_RATES: Final = ((10.0, "under 10"), (15.0, "10 to 15"), (24.0, "15 to 24"))
SHORT_SIDES: Final = ((360, "under 360"), (480, "360 to 479"), (720, "480 to 719"))
AGE_BAND: Final = 10
_AGE = re.compile(r"(?<![\w.])(1[5-9]|[2-9]\d)(?![\w.])")


def tags_of_clip(clip: LabelledClip, answer: ClipAnswer) -> dict[str, str]:
    """Tags of a clip by name. A tag that the labels give wins over a word in the text."""
    tags = _from_words(clip.person)
    if clip.subtype:
        tags["subtype"] = clip.subtype
    tags.update(clip.tags)
    facts = answer.facts
    if facts.fps:
        tags["frames a second"] = _band(facts.fps, FRAME_RATES, "24 and more")
    if facts.width and facts.height:
        tags["short side, px"] = _band(min(facts.width, facts.height), SHORT_SIDES, "720 and more")
    if facts.codec:
        tags["codec"] = facts.codec
    return tags


def tags_of_pair(source: str, note: str) -> dict[str, str]:
    """Tags of a pair of faces by name, from its source and note."""
    tags = _from_words(note)
    if source:
        tags["source"] = source
    origins = [origin for origin in ORIGINS if _says(note, origin)]
    if len(origins) == 1:
        tags["origin"] = origins[0]
    age = _AGE.search(note)
    if age:
        first = int(age[0]) // AGE_BAND * AGE_BAND
        tags["age band"] = f"{first} to {first + AGE_BAND - 1}"
    return tags


def _from_words(text: str) -> dict[str, str]:
    found = {}
    for name, values in WORDS.items():
        said = [value for value, spellings in values.items() if any(_says(text, one) for one in spellings)]
        if len(said) == 1:
            found[name] = said[0]
    return found


def _says(text: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(words)}\b", text.lower()) is not None


def _band(value: float, bands: tuple[tuple[float, str], ...], last: str) -> str:
    return next((name for limit, name in bands if value < limit), last)
