import pytest

from filing.errors import MaterialRefused
from filing.materials import MaterialFormat, missing_materials
from tests.filing.builders import CATALOGUE, CATERING, make_material

PDF, PNG, JPG = b"%PDF-1.7 rest", b"\x89PNG\r\n\x1a\nrest", b"\xff\xd8\xff\xe0rest"
MATTER = CATALOGUE.matter(CATERING)


def missing(answers, *filed: str) -> list[tuple[str, str]]:
    findings = missing_materials(MATTER.materials, [make_material(name) for name in filed], answers)
    return [(finding.code, finding.field) for finding in findings]


@pytest.mark.parametrize(
    ("head", "kind"), [(PDF, MaterialFormat.PDF), (PNG, MaterialFormat.PNG), (JPG, MaterialFormat.JPG)]
)
def test_the_kind_is_told_from_the_content(head, kind) -> None:
    assert MATTER.material("application").require_acceptable(head=head, size=100) is kind


@pytest.mark.parametrize(
    ("name", "head", "size", "code"),
    [
        ("application", b"MZ\x90\x00", 100, "material.format"),
        ("application", b"<html>", 100, "material.format"),
        ("shop_screenshot", PDF, 100, "material.format"),
        ("shop_screenshot", PNG, 10 * 2**20 + 1, "material.too_large"),
        ("application", b"", 0, "material.empty"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(name, head, size, code) -> None:
    with pytest.raises(MaterialRefused) as refused:
        MATTER.material(name).require_acceptable(head=head, size=size)
    assert [finding.code for finding in refused.value.findings] == [code]


def test_ten_mebibytes_are_not_too_many() -> None:
    assert MATTER.material("shop_screenshot").require_acceptable(head=PNG, size=10 * 2**20)


def test_the_screenshot_is_needed_for_an_own_shop_online_only() -> None:
    base = ("application", "business_licence", "layout", "safety_rules")
    assert missing({"online": False, "has_agent": False}, *base) == []
    own = {"online": True, "own_shop": True, "has_agent": False}
    assert missing(own, *base) == [("material.missing", "material:shop_screenshot")]
    assert missing({"online": True, "has_agent": False}, *base) == [("rule.undecided", "own_shop")]


def test_an_agent_brings_authorisation_and_identity() -> None:
    base = ("application", "business_licence", "layout", "safety_rules")
    assert [field for _, field in missing({"online": False, "has_agent": True}, *base)] == [
        "material:agent_authorisation",
        "material:agent_id",
    ]


def test_any_one_proof_of_consultation_is_enough() -> None:
    hours = CATALOGUE.matter("special-working-hours")
    base = [make_material(name) for name in ("form", "business_licence", "work_plan", "roster")]
    answers = {"has_aggregate": False}
    (finding,) = missing_materials(hours.materials, base, answers)
    assert finding.code == "material.one_of_missing"
    for proof in ("consultation_signatures", "consultation_collective"):
        assert missing_materials(hours.materials, [*base, make_material(proof)], answers) == ()
