"""Identifiers of persons and organizations, and how they may be shown.

`python-stdnum` computes the check digits; its validators are not used whole, because they refuse what exists
(codes of dissolved or whole-city areas, codes 81, 82 and 83, credit codes that begin with A, N or Y), raise
KeyError for some numbers, and accept a birth in the future.
"""

from datetime import date

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError
from stdnum.util import clean

from filing.errors import IdentifierInvalid

RESIDENT_ID_LENGTH = 18
CREDIT_CODE_LENGTH = 18
EARLIEST_BIRTH = date(1850, 1, 1)

PROVINCES = frozenset(
    f"{first}{second}"
    for first, seconds in (("1", "12345"), ("2", "123"), ("3", "1234567"), ("4", "123456"), ("5", "01234"))
    for second in seconds
) | frozenset({"61", "62", "63", "64", "65", "71", "81", "82", "83"})
"""First two digits (GB/T 2260); 81, 82, 83 are residence permits of Hong Kong, Macao, Taiwan residents."""

CREDIT_CODE_LETTERS = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
"""GB 32100: digits and capitals without I, O, S, V, Z."""


def resident_id(text: str, *, today: date) -> str:
    """Check a resident ID number (GB 11643) and give it in one spelling. Raises IdentifierInvalid.

    `today` is the day before which the bearer was born. County codes are not checked: they change, and the
    number of a bearer born in a dissolved county stays valid.
    """
    try:
        number = clean(text, " -").strip().upper()
    except ValidationError:
        raise IdentifierInvalid("identifier.characters") from None
    if len(number) != RESIDENT_ID_LENGTH:
        raise IdentifierInvalid("identifier.length")
    if not (number.isascii() and number[:-1].isdigit() and (number[-1].isdigit() or number[-1] == "X")):
        raise IdentifierInvalid("identifier.characters")
    if number[-1] != ric.calc_check_digit(number):
        raise IdentifierInvalid("identifier.check_digit")
    if number[:2] not in PROVINCES:
        raise IdentifierInvalid("identifier.region")
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise IdentifierInvalid("identifier.birth_date") from None
    if not EARLIEST_BIRTH <= birth <= today:
        raise IdentifierInvalid("identifier.birth_date")
    return number


def credit_code(text: str) -> str:
    """Check a unified social credit code (GB 32100) and give it in one spelling. Raises IdentifierInvalid.

    The first two characters (registering department, kind of organization) may be letters.
    """
    try:
        code = uscc.compact(text)
    except ValidationError:
        raise IdentifierInvalid("identifier.characters") from None
    if len(code) != CREDIT_CODE_LENGTH:
        raise IdentifierInvalid("identifier.length")
    if not (set(code) <= CREDIT_CODE_LETTERS and code[2:8].isdigit()):
        raise IdentifierInvalid("identifier.characters")
    if code[-1] != uscc.calc_check_digit(code):
        raise IdentifierInvalid("identifier.check_digit")
    return code


def mask_number(number: str) -> str:
    """Show only the last four characters of a document number, and no more than a third of it."""
    shown = min(4, len(number) // 3)
    return "*" * (len(number) - shown) + number[len(number) - shown :]


def mask_name(name: str) -> str:
    """Show the first sign of a name and, where it has three or more, the last."""
    if len(name) <= 1:
        return "*"
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]
