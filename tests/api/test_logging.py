import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from api import logging as our_logging
from api.logging import mask

ID_NUMBER = "42010219900307123X"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    before = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written = io.StringIO()
    our_logging.configure(level="info", stream=written)
    yield written
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**before)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"claim {ID_NUMBER} refused", "claim [resident-id] refused"),
        ("passport E12345678.", "passport [document]."),
        ("permit H1234567", "permit [document]"),
        ("call 13812345678", "call [phone]"),
        ("case 0198c5a2-7c1e-7b7a-9d55-0f6f3e2b8a11", "case 0198c5a2-7c1e-7b7a-9d55-0f6f3e2b8a11"),
        ("sha 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", None),
        ("took 1234567 ms", "took 1234567 ms"),
    ],
)
def test_numbers_of_documents_and_telephones_are_masked(text: str, masked: str | None) -> None:
    assert mask(text) == (text if masked is None else masked)


def test_our_lines_are_json_without_personal_data(stream: io.StringIO) -> None:
    structlog.get_logger("novisit.test").info(
        "claimed", name="张三", claim={"document_number": ID_NUMBER, "kind": "resident_id"}, note=[ID_NUMBER]
    )
    (line,) = lines(stream)
    assert line["event"] == "claimed"
    assert line["level"] == "info"
    assert line["name"] == line["claim"] == "[hidden]"
    assert line["note"] == ["[resident-id]"]


def test_lines_of_libraries_are_masked_too(stream: io.StringIO) -> None:
    logging.getLogger("some.library").warning("cannot take %s", ID_NUMBER)
    (line,) = lines(stream)
    assert line["event"] == "cannot take [resident-id]"


def test_errors_are_told_by_type_and_place_and_never_by_message(stream: io.StringIO) -> None:
    try:
        int("张三 was here")
    except ValueError:
        structlog.get_logger("novisit.test").exception("failed")
        logging.getLogger("some.library").exception("failed as well")
    ours, theirs = lines(stream)
    assert ours["error"] == theirs["error"] == ["ValueError"]
    assert "test_logging.py" in str(ours["at"])
    assert "张三" not in stream.getvalue()


def test_request_id_is_on_every_line_of_the_request(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("novisit.test").info("one")
        logging.getLogger("some.library").warning("two")
    assert [line["request_id"] for line in lines(stream)] == ["r-1", "r-1"]
