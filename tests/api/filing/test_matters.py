import pytest
from fastapi.testclient import TestClient

from tests.api.filing.world import JIANGAN, JIANGHAN, World

CATERING = "/v1/matters/catering-under-150"


def eligibility(client: TestClient, **answers):
    return client.post(f"{CATERING}/eligibility", json={"answers": answers})


def test_anyone_sees_what_can_be_filed_and_where(client: TestClient, world: World) -> None:
    listed = client.get("/v1/matters").json()
    assert [matter["id"] for matter in listed] == [
        "black-spotted-frog",
        "catering-under-150",
        "enterprise-change",
        "prepackaged-food",
        "special-working-hours",
    ]
    assert [organ["id"] for organ in listed[1]["organs"]] == [JIANGAN, JIANGHAN]
    assert all(matter["is_open"] and matter["name"]["zh"] for matter in listed)


def test_a_matter_shows_form_rules_and_materials(client: TestClient, world: World) -> None:
    matter = client.get(CATERING).json()
    area = next(field for field in matter["fields"] if field["id"] == "area_m2")
    assert (area["kind"], area["required"], area["places"]) == ("decimal", True, 2)
    screenshot = next(m for m in matter["materials"] if m["name"] == "shop_screenshot")
    assert screenshot["formats"] == ["image/jpeg", "image/png"]
    assert screenshot["when"] == [
        {"field": "online", "values": [True]},
        {"field": "own_shop", "values": [True]},
    ]
    assert {rule["kind"] for rule in matter["rules"]} == {"requires_if", "forbids_if", "limit"}
    roles = client.get("/v1/matters/enterprise-change").json()["roles"]
    assert [role["id"] for role in roles if role["must_consent"]] == ["legal_representative", "shareholder"]


@pytest.mark.parametrize("area", ["149.99", 149.99])
def test_149_99_is_eligible(client: TestClient, world: World, area) -> None:
    answer = eligibility(client, area_m2=area, central_kitchen=False, group_meals=False)
    assert answer.json() == {"eligible": True, "reasons": []}


def test_150_is_not_eligible_and_says_why_and_where_to_go(client: TestClient, world: World) -> None:
    answer = eligibility(client, area_m2="150.00", central_kitchen=False, group_meals=False).json()
    assert not answer["eligible"]
    (reason,) = answer["reasons"]
    assert (reason["code"], reason["field"]) == ("catering.area_too_large", "area_m2")
    assert "150" in reason["text"]["zh"]
    assert reason["where_to_go"]["en"] == "Apply for a food business licence."


def test_what_is_not_answered_refuses(client: TestClient, world: World) -> None:
    answer = eligibility(client, area_m2="a lot").json()
    assert not answer["eligible"]
    assert [(r["code"], r["field"]) for r in answer["reasons"]] == [
        ("form.not_decimal", "area_m2"),
        ("rule.undecided", "central_kitchen"),
        ("rule.undecided", "group_meals"),
    ]


def test_an_unknown_matter_and_an_unknown_question_are_refused(client: TestClient, world: World) -> None:
    missing = client.get("/v1/matters/no-such-matter")
    assert (missing.status_code, missing.json()["code"]) == (404, "matter.not_found")
    unknown = eligibility(client, colour="red")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "case.unknown_field")
