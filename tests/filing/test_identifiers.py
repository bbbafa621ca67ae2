import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from filing.errors import IdentifierInvalid
from filing.identifiers import credit_code, mask_name, mask_number, resident_id

TODAY = date(2026, 3, 2)


def with_check(body: str) -> str:
    return body + ric.calc_check_digit(body + "0")


def credit(body: str) -> str:
    return body + str(uscc.calc_check_digit(body))


@pytest.mark.parametrize("area", [f"4201{n:02d}" for n in range(100)])
def test_every_county_code_of_wuhan_is_taken(area: str) -> None:
    # stdnum raises KeyError for 80 of these
    number = with_check(area + "19900307" + "123")
    assert resident_id(number, today=TODAY) == number


@pytest.mark.parametrize("area", ["810000", "820000", "830000"])
def test_residence_permits_of_hong_kong_macao_and_taiwan_are_taken(area: str) -> None:
    number = with_check(area + "19900307" + "123")
    assert resident_id(number, today=TODAY) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (with_check("420102" + "20990307" + "123"), "identifier.birth_date"),
        (with_check("420102" + "19900231" + "123"), "identifier.birth_date"),
        (with_check("420102" + "17900301" + "123"), "identifier.birth_date"),
        (with_check("990102" + "19900307" + "123"), "identifier.region"),
        ("420102199003071231", "identifier.check_digit"),
        ("42010219900307123", "identifier.length"),
        ("4201021990030712X2", "identifier.characters"),
        ("", "identifier.length"),
    ],
)
def test_a_wrong_resident_id_says_what_is_wrong_and_never_itself(text: str, code: str) -> None:
    with pytest.raises(IdentifierInvalid) as refused:
        resident_id(text, today=TODAY)
    assert refused.value.code == code
    assert not text or text not in str(refused.value)


def test_a_lower_case_x_and_spaces_are_one_spelling() -> None:
    number = next(n for n in (with_check(f"42010219900307{k:03d}") for k in range(100)) if n.endswith("X"))
    assert resident_id(f" {number[:6]} {number[6:14]} {number[14:].lower()} ", today=TODAY) == number


def test_full_width_digits_are_read_as_digits() -> None:
    assert resident_id("４２０１０２１９９００３０７１２３２", today=TODAY) == "420102199003071232"


def test_a_birth_today_is_possible_and_tomorrow_is_not() -> None:
    assert resident_id(with_check("42010220260302123"), today=TODAY)
    with pytest.raises(IdentifierInvalid):
        resident_id(with_check("42010220260303123"), today=TODAY)


@pytest.mark.parametrize("department", ["A", "N", "Y", "9", "1"])
def test_credit_codes_may_begin_with_a_letter(department: str) -> None:
    code = credit(f"{department}1420102MB1A00001")
    assert credit_code(code) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91110000600037341M", "identifier.check_digit"),
        ("9111000060003734IL", "identifier.characters"),
        ("91110A00600037341L", "identifier.characters"),
        ("911100006000", "identifier.length"),
    ],
)
def test_a_wrong_credit_code_says_what_is_wrong(text: str, code: str) -> None:
    with pytest.raises(IdentifierInvalid) as refused:
        credit_code(text)
    assert refused.value.code == code


@given(st.text(max_size=24))
def test_any_text_is_refused_or_given_in_one_spelling(text: str) -> None:
    for read in (credit_code, lambda t: resident_id(t, today=TODAY)):
        with contextlib.suppress(IdentifierInvalid):
            assert read(read(text)) == read(text)


@given(st.text(min_size=1, max_size=30))
def test_masking_keeps_the_length_and_hides_most(text: str) -> None:
    assert len(mask_name(text)) == len(mask_number(text)) == len(text)
    assert mask_number(text).count("*") >= len(text) * 2 // 3


def test_names_are_masked_to_their_ends() -> None:
    assert [mask_name(n) for n in ("张", "张三", "欧阳小明", "武汉示例公司")] == [
        "*",
        "张*",
        "欧**明",
        "武****司",
    ]
