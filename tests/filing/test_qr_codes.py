import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.qr_codes import qr_rows
from filing.rendering import QR_MASK


def encoded_alone(text: str) -> list[str]:
    code = segno.make(text.encode(), error="m", mode="byte", micro=False, mask=QR_MASK)
    return ["".join(map(str, row)) for row in code.matrix]


@settings(max_examples=20, deadline=None)
@given(text=st.text("江岸JY01?=", min_size=1, max_size=16))
def test_code_is_the_one_that_would_be_made_alone(text: str):
    assert list(qr_rows(text)) == encoded_alone(text)


def test_long_address_of_many_blocks():
    address = "https://verify.example.org/verify?number=JY24201020000018&from=" + "a" * 60
    assert list(qr_rows(address)) == encoded_alone(address)
