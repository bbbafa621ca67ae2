"""The organ: the government office that owns matters, cases, numbers, seals and reviewers' scope."""

from dataclasses import dataclass, field

from filing.identifiers import credit_code
from signing.design import SealDesign

AREA_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Organ:
    """One office. `numbering_area` is its division code (GB/T 2260), `calendar` its calendar's name.

    `seal_design` is how the next seal that it is given looks; the one in force keeps its own looks.
    """

    id: str
    name_zh: str
    name_en: str
    credit_code: str
    numbering_area: str
    seal_id: str
    calendar: str = "cn"
    seal_design: SealDesign = field(default_factory=SealDesign)

    def __post_init__(self) -> None:
        if not all((self.id, self.name_zh, self.name_en, self.seal_id, self.calendar)):
            raise ValueError("an organ has an id, names in both languages, a seal and a calendar")
        if credit_code(self.credit_code) != self.credit_code:
            raise ValueError("the credit code is given in its one spelling")
        if len(self.numbering_area) != AREA_DIGITS or not self.numbering_area.isdigit():
            raise ValueError("the numbering area has six digits")


def demonstration_organs() -> tuple[Organ, Organ]:
    """Two made-up offices for a demonstration; their credit codes are valid but belong to nobody we know."""
    return (
        Organ(
            id="jiangan-approval",
            name_zh="江岸区行政审批局（演示）",
            name_en="Jiang'an District Approval Bureau (demonstration)",
            credit_code="11420102MB1A000019",
            numbering_area="420102",
            seal_id="jiangan-approval",
        ),
        Organ(
            id="jianghan-approval",
            name_zh="江汉区行政审批局（演示）",
            name_en="Jianghan District Approval Bureau (demonstration)",
            credit_code="11420103MB1A00002T",
            numbering_area="420103",
            seal_id="jianghan-approval",
        ),
    )
