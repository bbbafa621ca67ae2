"""Reading labels.json, with every fault named at once."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from liveness.evaluation.errors import ClipsMissing, LabelsInvalid
from liveness.evaluation.labels import (
    BONA_FIDE,
    KNOWN_SPECIES,
    LABEL_OF,
    NEUTRAL_FOR,
    OTHER,
    LabelledClip,
    Movement,
)
from liveness.verdict import STANDARD_ACTIONS, Action

LABELS_FILE: Final = "labels.json"
REFUSED: Final = "refused"
LONGEST_S: Final = 24 * 3600.0
"""No recording is longer than a day; a later time is a slip of the pen, such as milliseconds."""
_PLAIN_KINDS: Final = frozenset({BONA_FIDE, OTHER, *KNOWN_SPECIES})
_NOT_A_SPECIES = frozenset({"", "bonafide", "bona fide", "bona-fide", "live", "real", "genuine", "unknown"})
_KNOWN_LABELS = frozenset(
    {*LABEL_OF.values(), "turn_A", "turn_B", "turn_left", "turn_right", "smile"}.union(*NEUTRAL_FOR.values())
)


@dataclass(frozen=True, slots=True)
class Labels:
    """Everything a labels.json holds; remarks name what was read but cannot be used."""

    clips: tuple[LabelledClip, ...]
    remarks: tuple[str, ...] = ()


def read_labels(folder: Path) -> Labels:
    """Read labels.json of a folder. Raises LabelsInvalid with every fault."""
    return read_label_file(folder / LABELS_FILE)


def read_label_file(path: Path) -> Labels:
    """Read a file of labels. Raises LabelsInvalid with every fault."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise LabelsInvalid([f"there is no {path.name} in {path.parent}"]) from None
    except OSError as error:
        raise LabelsInvalid([f"{path}: {error.strerror}"]) from error
    except UnicodeDecodeError:
        raise LabelsInvalid(["it is not in UTF-8; save it again in that encoding"]) from None
    except RecursionError:
        raise LabelsInvalid(["it is nested too deep to be labels"]) from None
    except ValueError as error:
        raise LabelsInvalid([f"it is no JSON: {error}"]) from error
    return parse_labels(entries)


def read_corrections(path: Path, folder: Path) -> tuple[LabelledClip, ...]:
    """Read labels that were put right, of some clips of a folder. Raises LabelsInvalid with every fault."""
    known = {clip.file for clip in read_labels(folder).clips}
    clips = read_label_file(path).clips
    unknown = [clip.file for clip in clips if clip.file not in known]
    if unknown:
        raise LabelsInvalid([f"{path.name}: {file} is no clip of the folder" for file in unknown])
    return clips


def parse_labels(entries: object) -> Labels:
    """Check a list of labelled clips. Raises LabelsInvalid with every fault."""
    if not isinstance(entries, list):
        raise LabelsInvalid(["it must be a list with one object a clip"])
    if not entries:
        raise LabelsInvalid(["it names no clip"])
    reader = _Reader()
    clips = [clip for number, entry in enumerate(entries, 1) if (clip := reader.clip(number, entry))]
    seen: set[str] = set()
    for clip in clips:
        if clip.file in seen:
            reader.faults.append(f"{clip.file}: is named twice")
        seen.add(clip.file)
    if reader.faults:
        raise LabelsInvalid(reader.faults)
    return Labels(tuple(clips), tuple(reader.remarks))


def require_files(folder: Path, clips: Sequence[LabelledClip]) -> None:
    """See that every clip is there. Raises ClipsMissing with the names of all that are not."""
    missing = [clip.file for clip in clips if not (folder / clip.file).is_file()]
    if missing:
        raise ClipsMissing(missing)


class _Reader:
    """Reads entries one by one and collects what is wrong with them."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.remarks: list[str] = []

    def clip(self, number: int, entry: object) -> LabelledClip | None:
        if not isinstance(entry, dict):
            self.faults.append(f"entry {number} is no object")
            return None
        file = entry.get("file")
        if not isinstance(file, str) or not file.strip():
            self.faults.append(f"entry {number} has no file")
            return None
        if Path(file).is_absolute() or ".." in Path(file).parts:
            self.faults.append(f"{file}: must lie in the folder itself")
            return None
        return LabelledClip(
            file=file,
            kind=self._kind(file, entry.get("kind")),
            subtype=self._text(file, entry, "subtype"),
            person=self._text(file, entry, "person"),
            notes=self._text(file, entry, "notes"),
            expects_refusal=self._expects_refusal(file, entry.get("expect")),
            expect_why=self._text(file, entry, "expect_why"),
            unlabelled=self._unlabelled(file, entry.get("unlabelled")),
            events=self._movements(file, entry, "events"),
            false_of_tracker=self._of_tracker(file, entry),
            tags=self._tags(file, entry.get("tags")),
        )

    def _kind(self, file: str, kind: object) -> str:
        if not isinstance(kind, str) or kind.strip().lower() in _NOT_A_SPECIES:
            self.faults.append(
                f"{file}: kind is {kind!r}; write bona_fide, print, replay, another species, or other"
            )
            return OTHER
        plain = kind.strip().lower()
        return plain if plain in _PLAIN_KINDS else kind.strip()

    def _text(self, file: str, entry: dict[str, Any], key: str) -> str:
        value = entry.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        self.faults.append(f"{file}: {key} must be text")
        return ""

    def _expects_refusal(self, file: str, expect: object) -> bool:
        if expect not in (None, "", REFUSED):
            self.remarks.append(f"{file}: expect {expect!r} means nothing here; only {REFUSED!r} does")
        return expect == REFUSED

    def _unlabelled(self, file: str, value: object) -> frozenset[str]:
        names = [value] if isinstance(value, str) else value or []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self.faults.append(f"{file}: unlabelled must be a list of actions")
            return frozenset()
        known = frozenset(LABEL_OF[Action(name)] if name in STANDARD_ACTIONS else name for name in names)
        self.remarks.extend(
            f"{file}: unlabelled names {name!r}, which is no known label"
            for name in sorted(known - _KNOWN_LABELS)
        )
        return known

    def _movements(self, file: str, entry: dict[str, Any], key: str) -> tuple[Movement, ...]:
        values = entry.get(key) or []
        if not isinstance(values, list):
            self.faults.append(f"{file}: {key} must be a list")
            return ()
        return tuple(
            movement
            for number, value in enumerate(values, 1)
            if (movement := self._movement(f"{file}: {key} {number}", value))
        )

    def _of_tracker(self, file: str, entry: dict[str, Any]) -> tuple[Movement, ...]:
        """What somebody's tracker found wrongly. Nothing is counted by it: what is unusable is left out."""
        aside = _Reader()
        found = aside._movements(file, entry, "tracker_false_events")
        self.remarks += [f"{fault}; left out, as nothing is counted by it" for fault in aside.faults]
        self.remarks += aside.remarks
        return found

    def _movement(self, where: str, value: object) -> Movement | None:
        if not isinstance(value, dict) or not isinstance(value.get("action"), str):
            self.faults.append(f"{where} has no action")
            return None
        start_s, end_s = _seconds(value.get("start_s")), _seconds(value.get("end_s"))
        if not start_s <= end_s:  # neither is NaN
            self.faults.append(f"{where}: start_s and end_s must be seconds from the first frame, in order")
            return None
        confidence = value.get("confidence")
        if confidence not in (None, "high", "low"):  # of any kind, such as a list
            self.remarks.append(f"{where}: confidence {confidence!r} counts as high")
        if value["action"] not in _KNOWN_LABELS:
            self.remarks.append(
                f"{where}: the action {value['action']!r} is not known and counts for nothing"
            )
        return Movement(
            action=value["action"],
            start_s=start_s,
            end_s=end_s,
            is_uncertain=confidence == "low",
            is_deliberate=value.get("deliberate") is True,
        )

    def _tags(self, file: str, value: object) -> dict[str, str]:
        """Read {"glasses": true, "device": "phone"}, or ["glasses", "device:phone"]; null is: not known."""
        if value is None:
            return {}
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            parts = (item.partition(":") for item in value)
            return {name.strip(): rest.strip() or "yes" for name, _, rest in parts}
        if isinstance(value, dict) and all(
            item is None or isinstance(item, str | bool | int | float) for item in value.values()
        ):
            return {str(name): _word(item) for name, item in value.items() if item is not None}
        self.faults.append(f"{file}: tags must be a list of words, or an object with plain values")
        return {}


def _seconds(value: object) -> float:
    """A time at or after the first frame; NaN for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_S:
        return math.nan
    return float(value)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
