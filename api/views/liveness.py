"""What a person is told about a liveness check: reasons in plain words, never a score."""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from api.bootstrap import Services
from api.messages import Language
from liveness.verdict import Reason


class ReasonView(BaseModel):
    """Why the answer is what it is, and what to do."""

    code: str = Field(examples=["action.nod.too_small"])
    text: str
    remedy: str | None


def view_reasons(services: Services, reasons: Iterable[Reason], language: Language) -> list[ReasonView]:
    """Each reason once, in its order: a person is told a thing once, however often it was seen."""
    once = {reason.code: reason for reason in reasons}
    return [_view(services, reason, language) for reason in once.values()]


def _view(services: Services, reason: Reason, language: Language) -> ReasonView:
    catalogue = services.catalogue
    ending = "demonstration" if not services.settings.is_production else "remedy"
    remedies = [code for code in (f"{reason.code}.{ending}", f"{reason.code}.remedy") if code in catalogue]
    return ReasonView(
        code=reason.code,
        text=catalogue.text(reason.code, language),
        remedy=catalogue.text(remedies[0], language) if remedies else None,
    )
