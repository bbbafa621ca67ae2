"""How an organ's seal looks, as data: rank, diameter, what stands in the middle, the line below it.

The rules are those of the State Council's notice 国发〔1999〕25号, read in secondary copies: a seal is
round, with the national emblem or a five-pointed star in the middle and the name around it, from the left to
the right; a provincial government's is 50 mm wide (item 3), that of a prefecture, city, county or city
district 45 mm (item 9), both with the emblem; departments and other units have a star and at most 45 mm. A
special seal (专用章) differs from the organ's own in name and looks (item 22).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from signing.emblem import require_clean
from signing.glyphs import first_unprintable

SMALLEST_DIAMETER_MM: Final = 20.0
LARGEST_DIAMETER_MM: Final = 58.0
LONGEST_LINE: Final = 16
SHORTEST_NAME: Final = 2
LONGEST_NAME: Final = 50


class SealRank(StrEnum):
    """Which rule an organ's seal goes by."""

    PROVINCE = "province"
    """People's government of a province, region or municipality."""
    DISTRICT = "district"
    """People's government of a prefecture, city, county or city district."""
    DEPARTMENT = "department"
    """Department of a government, township government, public institution, enterprise, association."""
    OTHER = "other"
    """A body whose seal other rules set, as a court's or a party's."""


class SealCentre(StrEnum):
    """What stands in the middle of a seal."""

    STAR = "star"
    EMBLEM = "emblem"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a rank may have: its usual and its largest diameter, and what its own seal carries."""

    usual_mm: float
    largest_mm: float
    own: SealCentre | None
    may_have_emblem: bool


_RULES: Final = {
    SealRank.PROVINCE: _Rule(50, 50, SealCentre.EMBLEM, may_have_emblem=True),
    SealRank.DISTRICT: _Rule(45, 45, SealCentre.EMBLEM, may_have_emblem=True),
    SealRank.DEPARTMENT: _Rule(42, 45, SealCentre.STAR, may_have_emblem=False),
    SealRank.OTHER: _Rule(42, LARGEST_DIAMETER_MM, None, may_have_emblem=True),
}


@dataclass(frozen=True, slots=True)
class SealDesign:
    """The looks of a seal but for its name and code.

    `line` stands below the middle, such as 行政审批专用章; with one it is a special seal. `emblem` is an SVG
    as `signing.emblem.clean_emblem` gives it, where `centre` asks for one. `short_name` is the standard short
    form of the organ's name (规范化简称) for the ring; empty, the full name stands there. Raises ValueError
    where the rank does not allow it.
    """

    rank: SealRank = SealRank.DEPARTMENT
    diameter_mm: float = 42.0
    centre: SealCentre = SealCentre.STAR
    line: str = ""
    emblem: str = ""
    short_name: str = ""

    def __post_init__(self) -> None:
        if not SMALLEST_DIAMETER_MM <= self.diameter_mm <= LARGEST_DIAMETER_MM:
            raise ValueError(f"a seal is {SMALLEST_DIAMETER_MM:.0f} to {LARGEST_DIAMETER_MM:.0f} mm wide")
        if self.line != self.line.strip() or len(self.line) > LONGEST_LINE:
            raise ValueError(f"the line below the middle of a seal has at most {LONGEST_LINE} characters")
        if any(first_unprintable(word) is not None or " " in word for word in (self.line, self.short_name)):
            raise ValueError("the words on a seal are characters that can be printed, without blanks")
        if self.short_name and not SHORTEST_NAME <= len(self.short_name) <= LONGEST_NAME:
            raise ValueError(f"the short name on a seal has {SHORTEST_NAME} to {LONGEST_NAME} characters")
        if bool(self.emblem) != (self.centre is SealCentre.EMBLEM):
            raise ValueError("the drawing of an emblem belongs to a seal with an emblem, and to no other")
        if self.emblem:
            require_clean(self.emblem)
        self._require_allowed(_RULES[self.rank])

    def _require_allowed(self, rule: _Rule) -> None:
        if self.diameter_mm > rule.largest_mm:
            raise ValueError(
                f"a seal of the rank {self.rank} is at most {rule.largest_mm:.0f} mm wide (国发〔1999〕25号)"
            )
        if self.centre is SealCentre.EMBLEM and not rule.may_have_emblem:
            raise ValueError(
                f"a seal of the rank {self.rank} carries a star: the national emblem is for governments from "
                "the county upward (国发〔1999〕25号)"
            )
        if self.is_special or rule.own is None:
            return
        if self.centre is not rule.own:
            raise ValueError(
                f"an organ's own seal of the rank {self.rank} carries the {rule.own} (国发〔1999〕25号); "
                "for a special seal give the line below the middle"
            )
        if rule.own is SealCentre.EMBLEM and self.diameter_mm != rule.usual_mm:
            raise ValueError(
                f"a seal of the rank {self.rank} is {rule.usual_mm:.0f} mm wide (国发〔1999〕25号)"
            )

    @property
    def is_special(self) -> bool:
        """Whether it is a special seal (专用章), not the organ's own."""
        return bool(self.line)

    def revised(
        self,
        *,
        rank: SealRank | None = None,
        diameter_mm: float | None = None,
        centre: SealCentre | None = None,
        emblem: str = "",
        line: str | None = None,
        short_name: str | None = None,
    ) -> "SealDesign":
        """This design with what is given in place of its own.

        A rank without a diameter brings its usual one; an emblem stands in the middle. Raises ValueError.
        """
        middle = centre or (SealCentre.EMBLEM if emblem else self.centre)
        if emblem and middle is not SealCentre.EMBLEM:
            raise ValueError("the drawing of an emblem belongs to a seal with an emblem, and to no other")
        wanted = rank or self.rank
        if diameter_mm is None:
            diameter_mm = self.diameter_mm if rank in (None, self.rank) else usual_diameter_mm(wanted)
        return SealDesign(
            wanted,
            diameter_mm,
            middle,
            self.line if line is None else line,
            (emblem or self.emblem) if middle is SealCentre.EMBLEM else "",
            self.short_name if short_name is None else short_name,
        )

    def as_record(self) -> dict[str, object]:
        """Plain JSON values; `from_record` is the inverse."""
        return {
            "rank": self.rank.value,
            "diameter_mm": self.diameter_mm,
            "centre": self.centre.value,
            "line": self.line,
            "emblem": self.emblem,
            "short_name": self.short_name,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "SealDesign":
        """Read what `as_record` gave; what is missing is as by default. Raises ValueError."""
        known = {name: record[name] for name in cls.__slots__ if name in record}
        if "rank" in known:
            known["rank"] = SealRank(known["rank"])
        if "centre" in known:
            known["centre"] = SealCentre(known["centre"])
        return cls(**known)


def usual_diameter_mm(rank: SealRank) -> float:
    """The diameter of a rank's seal where none is named."""
    return _RULES[rank].usual_mm
