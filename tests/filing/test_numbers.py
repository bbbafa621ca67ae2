import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.errors import NumberInvalid, NumbersExhausted
from filing.memory import InMemoryCertificateStore
from filing.numbers import NumberPart, NumberScheme, PartKind
from tests.filing.builders import CATALOGUE, CATERING

SCHEME = CATALOGUE.matter(CATERING).certificate.number


class Fixed:
    def __init__(self, serial: int) -> None:
        self.serial = serial

    def next_serial(self, scope: str) -> int:
        assert scope == "JY2420102"
        return self.serial


def test_the_first_number_of_jiangan_is_the_known_example() -> None:
    drawn = SCHEME.draw(
        InMemoryCertificateStore(), area="420102", year=2026, answers={"entity_type": "catering"}
    )
    assert drawn == "JY24201020000018"


@pytest.mark.parametrize("number", ["JY11108071215650", "JY11105050876919", "JY13101060025900"])
def test_real_licence_numbers_verify(number: str) -> None:
    assert SCHEME.verify(number) == number


@given(st.integers(1, 999_999), st.integers(0, 13), st.integers(1, 9))
def test_a_changed_digit_never_verifies(serial: int, position: int, shift: int) -> None:
    number = SCHEME.draw(Fixed(serial), area="420102", year=2026, answers={"entity_type": "catering"})
    assert SCHEME.verify(number) == number
    body = number[2:]
    changed = body[:position] + str((int(body[position]) + shift) % 10) + body[position + 1 :]
    with pytest.raises(NumberInvalid):
        SCHEME.verify("JY" + changed)


@pytest.mark.parametrize("number", ["", "JY", "YB24201020000018", "JY2420102000001", "JY2420102000001８"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(NumberInvalid):
        SCHEME.verify(number)


def test_an_answer_without_digits_gets_no_number() -> None:
    with pytest.raises(NumberInvalid):
        SCHEME.draw(Fixed(1), area="420102", year=2026, answers={})


def test_the_serial_does_not_run_over() -> None:
    with pytest.raises(NumbersExhausted):
        SCHEME.draw(Fixed(1_000_000), area="420102", year=2026, answers={"entity_type": "catering"})


@pytest.mark.parametrize("matter", CATALOGUE.matters, ids=lambda matter: matter.id)
def test_every_matter_draws_numbers_that_verify(matter) -> None:
    scheme = matter.certificate.number
    answers = {part.field: part.choices[0][0] for part in scheme.parts if part.field}
    store = InMemoryCertificateStore()
    drawn = [scheme.draw(store, area="420102", year=2026, answers=answers) for _ in range(3)]
    assert [scheme.verify(number) for number in drawn] == drawn
    assert len(set(drawn)) == 3


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (NumberPart(PartKind.SERIAL, digits=3), NumberPart(PartKind.AREA)),
        (NumberPart(PartKind.SERIAL, digits=3), NumberPart(PartKind.SERIAL, digits=3)),
    ],
)
def test_a_scheme_has_one_serial_at_its_end(parts) -> None:
    with pytest.raises(ValueError, match="serial"):
        NumberScheme("JY", parts)
