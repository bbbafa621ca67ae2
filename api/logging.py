"""Structured logs without personal data, for our own lines and those of every library."""

import logging
import re
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.types import Processor

HIDDEN_FIELDS = frozenset(
    {
        "name",
        "username",
        "document_number",
        "password",
        "totp",
        "code_shown",
        "token",
        "cookie",
        "claim",
        "authorization",
        "address",
        "portrait",
        "payload",
        "params",
        "form",
    }
)
HIDDEN = "[hidden]"
MASKS = (
    (re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?!\d)"), "[resident-id]"),
    (re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}\d{7,8}(?![A-Za-z0-9])"), "[document]"),
    (re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), "[phone]"),
)
CHATTY = ("dbos", "alembic", "uvicorn.error", "uvicorn.access", "httpx", "fontTools", "pyhanko")


def mask(text: str) -> str:
    """Put marks in the place of what looks like a document or telephone number."""
    for form, replacement in MASKS:
        text = form.sub(replacement, text)
    return text


def mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide fields that hold personal data by name, and mask numbers in every text."""
    return {
        key: HIDDEN if key in HIDDEN_FIELDS and value is not None else _masked(value)
        for key, value in event.items()
    }


def _masked(value: object) -> object:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: HIDDEN if key in HIDDEN_FIELDS else _masked(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(inner) for inner in value]
    return value


def tell_error(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its types and places; its message may repeat what a person sent."""
    raised = event.pop("exc_info", None)
    error = sys.exc_info()[1] if raised is True else raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        event["error"] = [type(each).__name__ for each in _chain(error)]
        frames = traceback.extract_tb(error.__traceback__)
        event["at"] = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _chain(error: BaseException) -> Iterable[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def configure(*, level: str, stream: TextIO) -> None:
    """Send all logs through one chain: JSON lines, or readable ones on a terminal."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        tell_error,
        mask_event,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer()
        if stream.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        chatty = logging.getLogger(name)
        chatty.handlers = []
        chatty.propagate = True
        chatty.setLevel(logging.WARNING)
