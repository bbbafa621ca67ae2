"""The port to notices: what a case has to tell somebody, without a personal datum in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection

Parameter = str | int
PERSONAL = re.compile(r"[1-9]\d{16}[\dXx]|1[3-9]\d{9}|[A-Z]{1,2}\d{7,8}")
"""What looks like a resident identity number, a mobile telephone number or a passport number."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice. `code` is a key of the message catalogue; a text is made of it when it is shown or sent."""

    case_id: str
    recipient_id: str
    code: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.case_id or not self.recipient_id or not self.code:
            raise ValueError("a notice has a case, an account that receives it, and a code")
        if any(PERSONAL.search(str(value)) for value in self.parameters.values()):
            raise ValueError("a notice carries no personal number; name the case and let the person sign in")


@dataclass(frozen=True, slots=True)
class PostedNotice:
    """A notice on its way. `id` is the same at every try, so that a channel can drop a repeat."""

    id: str
    notice: Notice


class Channel(Protocol):
    """A way by which notices leave."""

    def deliver(self, posted: PostedNotice) -> None:
        """Deliver. Raise api.jobs.port.Transient to be asked again; it may be asked twice in any case."""
        ...


class Notifier(Protocol):
    """Takes notices."""

    def notify(self, notice: Notice, *, db: Connection) -> str:
        """Post a notice with the transaction of `db`, and give its id."""
        ...
