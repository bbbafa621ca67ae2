"""Certificate numbers: their scheme is data of the matter, the serial is drawn by a store."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_10

from filing.errors import NumberInvalid, NumbersExhausted


class PartKind(StrEnum):
    """What one part of a number stands for."""

    LITERAL = "literal"
    CHOICE = "choice"
    AREA = "area"
    YEAR = "year"
    SERIAL = "serial"


class Check(StrEnum):
    """Check characters a scheme may end with, over its digits."""

    MOD_11_10 = "mod_11_10"
    NONE = "none"


AREA_DIGITS = 6
YEAR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class NumberPart:
    """One part: a literal, the digits chosen by a form field, the organ's area, the year, or the serial."""

    kind: PartKind
    text: str = ""
    field: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    digits: int = 0

    def __post_init__(self) -> None:
        widths = {len(digits) for _, digits in self.choices}
        if self.kind is PartKind.LITERAL and not self.text.isdigit():
            raise ValueError("a literal part has digits in `text`; letters go into the prefix")
        if self.kind is PartKind.CHOICE and (not self.field or len(widths) != 1):
            raise ValueError("a choice part names its `field` and `choices` of one width")
        if self.kind is PartKind.CHOICE and not all(digits.isdigit() for _, digits in self.choices):
            raise ValueError("a choice part turns answers into digits")
        if self.kind is PartKind.SERIAL and not 1 <= self.digits <= 12:
            raise ValueError("a serial part has 1 to 12 `digits`")

    @property
    def width(self) -> int:
        """Number of digits this part takes."""
        return {
            PartKind.LITERAL: len(self.text),
            PartKind.CHOICE: len(self.choices[0][1]) if self.choices else 0,
            PartKind.AREA: AREA_DIGITS,
            PartKind.YEAR: YEAR_DIGITS,
            PartKind.SERIAL: self.digits,
        }[self.kind]


class SerialSource(Protocol):
    """Gives the next serial of a scope: 1, 2, 3 ..., no value twice, safe under concurrent approval."""

    def next_serial(self, scope: str) -> int:
        """Draw the next serial; the same transaction that keeps the number commits it."""
        ...


@dataclass(frozen=True, slots=True)
class NumberScheme:
    """How the numbers of a matter are made: a prefix of letters, parts of digits, the serial, a check digit.

    A food licence is JY + kind 1 + area 6 + serial 6 + check 1 (ISO 7064, MOD 11,10): JY24201020000018.
    """

    prefix: str
    parts: tuple[NumberPart, ...]
    check: Check = Check.MOD_11_10

    def __post_init__(self) -> None:
        if not (self.prefix.isascii() and self.prefix.isupper() and self.prefix.isalpha()):
            raise ValueError("the prefix has capital letters")
        serials = [part.kind is PartKind.SERIAL for part in self.parts]
        if sum(serials) != 1 or not serials[-1]:
            raise ValueError("exactly one serial, as the last part")

    @property
    def fields(self) -> tuple[str, ...]:
        """Form fields the number depends on."""
        return tuple(part.field for part in self.parts if part.kind is PartKind.CHOICE)

    def draw(self, serials: SerialSource, *, area: str, year: int, answers: dict[str, str]) -> str:
        """Draw the next number. Raises NumberInvalid for an answer without digits, NumbersExhausted."""
        head = "".join(self._digits(part, area=area, year=year, answers=answers) for part in self.parts[:-1])
        width = self.parts[-1].digits
        serial = serials.next_serial(self.prefix + head)
        if not 1 <= serial < 10**width:
            raise NumbersExhausted
        body = f"{head}{serial:0{width}d}"
        return self.prefix + body + self._check_digit(body)

    def verify(self, number: str) -> str:
        """Check prefix, length and check digit and give the number back. Raises NumberInvalid."""
        body = number.removeprefix(self.prefix)
        width = sum(part.width for part in self.parts) + (self.check is not Check.NONE)
        if (
            not number.startswith(self.prefix)
            or len(body) != width
            or not (body.isascii() and body.isdigit())
        ):
            raise NumberInvalid
        if self.check is Check.MOD_11_10:
            try:
                mod_11_10.validate(body)
            except ValidationError:
                raise NumberInvalid from None
        return number

    def _digits(self, part: NumberPart, *, area: str, year: int, answers: dict[str, str]) -> str:
        match part.kind:
            case PartKind.LITERAL:
                return part.text
            case PartKind.CHOICE:
                chosen = dict(part.choices).get(answers.get(part.field, ""))
                if chosen is None:
                    raise NumberInvalid(f"The answer to {part.field} has no digits in the number scheme.")
                return chosen
            case PartKind.AREA:
                return area
            case PartKind.YEAR:
                return f"{year:0{YEAR_DIGITS}d}"
            case PartKind.SERIAL:
                raise NumberInvalid("The serial comes last.")

    def _check_digit(self, body: str) -> str:
        return str(mod_11_10.calc_check_digit(body)) if self.check is Check.MOD_11_10 else ""
