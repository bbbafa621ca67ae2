"""Pairs of faces: reading pairs.csv, and the error rates of a comparison at every threshold."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from liveness.evaluation.errors import ClipsMissing, PairsInvalid
from liveness.evaluation.intervals import Rate
from liveness.evaluation.tags import tags_of_pair

PAIRS_FILE: Final = "pairs.csv"
COLUMNS: Final = ("a", "b", "same")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures, and whether they show the same person."""

    one: str
    other: str
    is_same: bool
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A pair with its likeness, higher is more alike; NaN where a picture has not exactly one usable face."""

    pair: Pair
    score: float


@dataclass(frozen=True, slots=True)
class Errors:
    """Error rates of a comparison at one threshold."""

    threshold: float
    fmr: Rate
    fnmr: Rate


@dataclass(frozen=True, slots=True)
class ComparisonScores:
    """Likenesses of genuine and of impostor pairs, sorted. A pair that cannot be compared is in neither."""

    genuine: tuple[float, ...]
    impostor: tuple[float, ...]
    unusable: int

    @classmethod
    def of(cls, scored: Sequence[ScoredPair]) -> "ComparisonScores":
        """Sort scored pairs."""
        usable = [item for item in scored if math.isfinite(item.score)]
        return cls(
            genuine=tuple(sorted(item.score for item in usable if item.pair.is_same)),
            impostor=tuple(sorted(item.score for item in usable if not item.pair.is_same)),
            unusable=len(scored) - len(usable),
        )

    def at(self, threshold: float) -> Errors:
        """Error rates where a score of the threshold or more is a match."""
        return Errors(
            threshold=threshold,
            fmr=Rate(sum(score >= threshold for score in self.impostor), len(self.impostor)),
            fnmr=Rate(sum(score < threshold for score in self.genuine), len(self.genuine)),
        )

    def det(self) -> tuple[Errors, ...]:
        """Error rates at every score there is, and above them all; empty where a kind of pair is missing."""
        if not self.genuine or not self.impostor:
            return ()
        scores = sorted({*self.genuine, *self.impostor})
        return tuple(self.at(score) for score in (*scores, math.nextafter(scores[-1], math.inf)))

    def equal_error(self) -> Errors | None:
        """The point of the DET where both rates are closest; None where there is no DET."""
        return min(
            self.det(),
            key=lambda errors: (abs(errors.fmr.value - errors.fnmr.value), errors.threshold),
            default=None,
        )


def read_pairs(folder: Path) -> tuple[Pair, ...]:
    """Read pairs.csv (columns a, b, same; source and note where there). Raises PairsInvalid, ClipsMissing."""
    try:
        with (folder / PAIRS_FILE).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise PairsInvalid([f"the column {name!r} is missing" for name in missing])
            rows = list(reader)
    except FileNotFoundError:
        raise PairsInvalid([f"there is no {PAIRS_FILE} in {folder}"]) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PairsInvalid([str(error)]) from error
    faults = [
        f"line {number}: same is {row['same']!r}; write 1 or 0"
        for number, row in enumerate(rows, 2)
        if row["same"] not in {"0", "1"}
    ]
    faults += [
        f"line {number}: names no two pictures"
        for number, row in enumerate(rows, 2)
        if not (row["a"] and row["b"])
    ]
    if faults or not rows:
        raise PairsInvalid(faults or ["it holds no pair"])
    pictures = sorted({row[side] for row in rows for side in ("a", "b")})
    absent = [name for name in pictures if not (folder / name).is_file()]
    if absent:
        raise ClipsMissing(absent)
    return tuple(
        Pair(
            one=row["a"],
            other=row["b"],
            is_same=row["same"] == "1",
            tags=tags_of_pair(row.get("source") or "", row.get("note") or ""),
        )
        for row in rows
    )
