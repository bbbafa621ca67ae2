"""What a client may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import StreamError
from api.streaming.messages import EndOfVideo, Resume, read_text


def test_resume_and_end_are_understood() -> None:
    assert read_text('{"type": "resume", "offset": 65536}') == Resume(65536)
    assert isinstance(read_text('{"type": "end"}'), EndOfVideo)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "end",
        "[]",
        "{}",
        '{"type": "verdict", "outcome": "passed"}',
        '{"type": "resume"}',
        '{"type": "resume", "offset": -1}',
        '{"type": "resume", "offset": 1.5}',
        '{"type": "resume", "offset": true}',
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(StreamError):
        read_text(text)


@given(st.text(max_size=40))
def test_no_text_brings_it_down(text: str) -> None:
    with pytest.raises(StreamError):
        read_text(text)
