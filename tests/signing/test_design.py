import pytest

from signing.design import SealCentre, SealDesign, SealRank, usual_diameter_mm
from signing.emblem import clean_emblem
from signing.errors import SealUnfit
from signing.seal import Seal

EMBLEM = clean_emblem(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 2 2"><circle r="0.9" fill="#f00"/></svg>'
)
GOVERNMENT = SealDesign(SealRank.DISTRICT, 45.0, SealCentre.EMBLEM, emblem=EMBLEM)


def test_a_department_has_a_star_and_42_mm_where_nothing_is_said():
    assert Seal("x", "江岸区行政审批局", "4201020000001").design == SealDesign()
    assert (SealDesign().diameter_mm, SealDesign().centre) == (42.0, SealCentre.STAR)


@pytest.mark.parametrize(("rank", "diameter"), [("province", 50), ("district", 45), ("department", 42)])
def test_each_rank_has_its_diameter(rank: str, diameter: float):
    assert usual_diameter_mm(SealRank(rank)) == diameter


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"rank": "district", "diameter_mm": 42, "centre": "emblem", "emblem": EMBLEM}, "is 45 mm wide"),
        ({"rank": "district", "diameter_mm": 45, "centre": "star"}, "carries the emblem"),
        ({"rank": "department", "diameter_mm": 45.5}, "at most 45 mm"),
        ({"rank": "department", "centre": "emblem", "emblem": EMBLEM}, "carries a star"),
        ({"rank": "department", "centre": "none"}, "carries the star"),
        ({"rank": "department", "diameter_mm": 19}, "20 to 58 mm"),
        ({"rank": "other", "diameter_mm": float("nan")}, "20 to 58 mm"),
        ({"rank": "other", "centre": "emblem"}, "drawing of an emblem"),
        ({"rank": "other", "emblem": EMBLEM}, "drawing of an emblem"),
        ({"rank": "other", "centre": "emblem", "emblem": "<svg onload='x()'/>"}, "SVG"),
        ({"rank": "other", "centre": "emblem", "emblem": EMBLEM + " "}, "as `clean_emblem`"),
        ({"line": "行政审批专用章" * 3}, "at most 16"),
        ({"line": "行政 审批"}, "without blanks"),
        ({"line": "行政\u202e审批"}, "can be printed"),
        ({"short_name": "\U0001f600局"}, "can be printed"),
        ({"short_name": "局"}, "2 to 50"),
        ({"rank": "emperor"}, "emperor"),
    ],
)
def test_what_the_rule_does_not_allow_is_refused(values: dict[str, object], reason: str):
    with pytest.raises(ValueError, match=reason):
        SealDesign.from_record(values)


def test_a_special_seal_is_freer_than_the_organs_own():
    assert SealDesign(SealRank.DISTRICT, 40.0, line="行政审批专用章").is_special
    assert SealDesign(SealRank.DEPARTMENT, 40.0, SealCentre.NONE, line="合同专用章").is_special
    with pytest.raises(ValueError, match="carries a star"):
        SealDesign(centre=SealCentre.EMBLEM, emblem=EMBLEM, line="合同专用章")


@pytest.mark.parametrize(
    "design",
    [
        SealDesign(),
        GOVERNMENT,
        SealDesign(SealRank.OTHER, 50.0, SealCentre.NONE, short_name="江岸区审批局"),
        SealDesign(line="行政审批专用章"),
    ],
)
def test_a_seal_is_read_back_as_it_was_recorded(design: SealDesign):
    seal = Seal("jiangan", "武汉市江岸区人民政府", "4201020000001", design)
    assert Seal.from_record(seal.as_record()) == seal


def test_a_record_that_says_nothing_of_the_looks_is_the_usual_seal():
    record = {"organ_id": "x", "holder": "江岸区行政审批局", "code": "4201020000001", "diameter_mm": 40}
    assert Seal.from_record(record).design == SealDesign(diameter_mm=40)


def test_a_name_that_does_not_fit_is_refused_with_what_to_do():
    small = SealDesign(diameter_mm=20.0)
    name = "武汉市江岸区人民政府政务服务和大数据管理局江岸分局东湖工作站"
    with pytest.raises(
        SealUnfit, match=r"30 characters; legibly a seal of 20 mm takes \d+\. Give its .*short"
    ):
        Seal("x", name, "4201020000001", small)
    shown = Seal("x", name, "4201020000001", SealDesign(diameter_mm=20.0, short_name="江岸东湖站"))
    assert (shown.shown_name, shown.holder) == ("江岸东湖站", name)


def test_a_line_that_does_not_fit_is_refused_with_what_to_do():
    with pytest.raises(SealUnfit, match="Shorten it or give a larger diameter"):
        Seal(
            "x", "江岸区行政审批局", "4201020000001", SealDesign(diameter_mm=20.0, line="行政审批业务专用章")
        )
