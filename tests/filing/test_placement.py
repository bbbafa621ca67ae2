"""`[seal]` of certificate.toml: read, checked, frozen in what a certificate shows."""

import dataclasses
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from filing.catalogue.schema import CertificateSealData
from filing.certificates import content_as_dict, content_from_dict
from signing.seal import CrossingSeal, SealAnchor, SealPlacement
from tests.filing.test_rendering import make_content


def test_without_the_table_the_template_marks_the_place() -> None:
    assert CertificateSealData().value() == SealPlacement()


def test_what_the_table_says_is_where_the_seal_goes() -> None:
    told = {
        "anchor": "（盖章处）",
        "occurrence": -1,
        "right_mm": 5,
        "down_mm": -2,
        "crossing": True,
        "crossing_at_mm": 90,
    }
    assert CertificateSealData.model_validate(told).value() == SealPlacement(
        SealAnchor("（盖章处）", -1, 5, -2), CrossingSeal(90)
    )


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"occurrence": 1}, "belong to an `anchor`"),
        ({"right_mm": 1}, "belong to an `anchor`"),
        ({"crossing_at_mm": 90}, "belongs to `crossing = true`"),
        ({"anchor": " "}, "1 to 100 characters"),
        ({"anchor": "章", "occurrence": 0}, "the last is -1"),
        ({"anchor": "章", "down_mm": 600}, "at most 500 mm"),
        ({"anchors": "章"}, "Extra inputs"),
        ({"crossing": True, "crossing_at_mm": -1}, "lies on the pages"),
    ],
)
def test_a_mistake_in_the_table_is_told(told: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        CertificateSealData.model_validate(told)


@pytest.mark.parametrize(
    "placement",
    [
        SealPlacement(SealAnchor("（盖章处）", -1, 5, -2), CrossingSeal(90)),
        SealPlacement(SealAnchor("盖章")),
        SealPlacement(crossing=CrossingSeal()),
    ],
)
def test_what_a_certificate_was_frozen_with_is_read_back(placement: SealPlacement) -> None:
    content = make_content(placement=placement)
    assert content_from_dict(content_as_dict(content)) == content
    assert content.digest != make_content().digest


def test_content_that_was_frozen_before_is_read_as_it_was() -> None:
    plain = content_as_dict(make_content())
    assert "placement" not in plain
    assert content_from_dict(plain).placement == SealPlacement()


def test_one_page_has_no_crossing_seal() -> None:
    placement = SealPlacement(crossing=CrossingSeal())
    assert placement.crossing_over(1) is None
    assert placement.crossing_over(2) == CrossingSeal()
    assert dataclasses.replace(placement, crossing=None).crossing_over(2) is None


def test_the_table_of_the_guide_is_one_that_the_catalogue_reads() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "seals.md").read_text("utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    placement = CertificateSealData.model_validate(tomllib.loads(block)["seal"]).value()
    assert placement == SealPlacement(SealAnchor("（盖章处）", -1), CrossingSeal(105.0))
