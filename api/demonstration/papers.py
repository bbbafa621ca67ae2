"""Made-up people, a made-up restaurant and its papers, valid by their check digits, belonging to nobody."""

from dataclasses import dataclass

import cv2
import numpy as np
from stdnum.cn import ric, uscc

BIRTHDAY = "18990101"
"""A birth in 1899, so that no living person has these numbers."""

SURNAMES = "王李张刘陈杨赵黄周吴"


@dataclass(frozen=True, slots=True)
class Applicant:
    """One made-up person."""

    username: str
    name: str
    document_number: str

    @property
    def claim(self) -> dict[str, str]:
        return {"document_type": "resident_id", "document_number": self.document_number, "name": self.name}


def made_up_person(number: int) -> Applicant:
    """Give the made-up person of that number, always the same."""
    digits = f"420102{BIRTHDAY}{number:03}"
    return Applicant(
        username=f"demo{number}",
        name=f"{SURNAMES[number % len(SURNAMES)]}演示",
        document_number=digits + ric.calc_check_digit(digits + "0"),
    )


def credit_code(kind: str) -> str:
    """Make a unified social credit code; kind 92 is an individual business, 91 an enterprise."""
    digits = f"{kind}420102MA0000000"
    return digits + uscc.calc_check_digit(digits + "0")


def catering_form() -> dict[str, object]:
    """Fill the form of the filing for a restaurant of just under 150 square metres."""
    return {
        "operator_name": "江岸区一碗热干面馆",
        "operator_kind": "individual_business",
        "uscc": credit_code("92"),
        "domicile": "武汉市江岸区示例路1号",
        "premises": "武汉市江岸区示例路1号101室",
        "area_m2": "149.99",
        "entity_type": "catering",
        "catering_class": "snack",
        "central_kitchen": False,
        "group_meals": False,
        "online": False,
        "vending": False,
        "items": [{"item": "hot", "remark": "热干面"}],
        "seats": 24,
        "staff": 3,
        "health_check_staff": 3,
        "copies": 1,
        "valid_years": 5,
        "has_agent": False,
    }


def enterprise_form() -> dict[str, object]:
    """Fill the form of an enterprise that moves."""
    return {
        "company_name": "武汉示例商贸有限公司",
        "uscc": credit_code("91"),
        "change_item": "address",
        "before": "武汉市江岸区示例路1号",
        "after": "武汉市江岸区示例路2号",
        "is_listed": False,
    }


def scanned_page(title: str) -> bytes:
    """Draw a page that stands for a scanned paper, as PNG."""
    page = np.full((560, 400), 250, np.uint8)
    cv2.putText(page, title, (30, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 40, 1, cv2.LINE_AA)
    for row in range(110, 520, 30):
        cv2.line(page, (30, row), (370, row), 200, 1)
    written, png = cv2.imencode(".png", page)
    if not written:
        raise ValueError("the page could not be encoded")
    return png.tobytes()
