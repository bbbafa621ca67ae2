import pytest
from fastapi.testclient import TestClient

from api.store.metadata import metadata
from tests.api.conftest import fresh_key
from tests.api.filing.world import JIANGAN, PDF, World
from tests.filing.builders import CHANGE, COMPLETE_CHANGE

PEOPLE = {
    "李法人": ("legal_representative", None, "110101199003071233"),
    "王股东": ("shareholder", "60", "110101198003071234"),
    "赵股东": ("shareholder", "40", "110101197003071235"),
}


@pytest.fixture
def owner(world: World) -> TestClient:
    return world.applicant("the.applicant")


@pytest.fixture
def case_id(owner: TestClient) -> str:
    body = {"matter_id": CHANGE, "organ_id": JIANGAN}
    made: str = owner.post("/v1/cases", json=body, headers=fresh_key()).json()["id"]
    owner.put(f"/v1/cases/{made}/materials/business_licence", content=PDF).raise_for_status()
    owner.patch(f"/v1/cases/{made}", json={"form": dict(COMPLETE_CHANGE)}).raise_for_status()
    return made


def invite(owner: TestClient, case_id: str, name: str) -> tuple[str, str]:
    role, share, _ = PEOPLE[name]
    body = {"role": role, "display_name": name, "share": share}
    made = owner.post(f"/v1/cases/{case_id}/parties", json=body, headers=fresh_key())
    assert made.status_code == 201, made.text
    url = made.json()["invitation_url"]
    assert url.startswith("http://127.0.0.1:8000/invitations/")
    return made.json()["id"], url.rsplit("/", 1)[1]


def test_shareholders_elsewhere_verify_and_consent_and_the_case_moves(
    world: World,
    owner: TestClient,
    case_id: str,
) -> None:
    world.verify(owner, case_id)
    parties = {name: invite(owner, case_id, name) for name in PEOPLE}
    digests = set()
    for number, (name, (party_id, token)) in enumerate(parties.items()):
        refused = owner.post(f"/v1/cases/{case_id}/submission", headers=fresh_key())
        assert refused.json()["code"] == "case.not_ready"
        waiting = [fault["where"] for fault in refused.json()["faults"]]
        assert waiting == [[f"party:{p}"] for p, _ in list(parties.values())[number:]]
        client = world.applicant(f"party-{number}")
        shown = client.get(f"/v1/invitations/{token}").json()
        assert "示例路2号" in shown["text"]["zh"]
        accepted = client.post(f"/v1/invitations/{token}/acceptance").json()
        assert (accepted["party_id"], accepted["verified"]) == (party_id, False)
        place = f"/v1/cases/{case_id}/parties/{party_id}"
        body = {"text_digest": accepted["text_digest"]}
        early = client.post(f"{place}/consent", json=body)
        assert (early.status_code, early.json()["code"]) == (403, "verification.missing")
        world.verify(client, case_id, party_id=party_id, name=name, number=PEOPLE[name][2])
        assert client.post(f"{place}/consent", json=body).json()["consented"]
        assert client.get("/v1/cases", params={"role": "party"}).json()[0]["id"] == case_id
        assert client.get(f"/v1/cases/{case_id}").status_code == 404
        digests.add(accepted["text_digest"])
    assert len(digests) == 1
    progress = owner.get(f"/v1/cases/{case_id}").json()["parties"]
    assert all(party["consented"] for party in progress)
    assert not {"person_digest", "account_id", "verification"} & set(progress[0])
    assert owner.post(f"/v1/cases/{case_id}/submission", headers=fresh_key()).json()["state"] == "submitted"


def test_a_link_is_for_one_account(world: World, owner: TestClient, case_id: str) -> None:
    party_id, token = invite(owner, case_id, "王股东")
    first, second = world.applicant("first"), world.applicant("second")
    assert first.post(f"/v1/invitations/{token}/acceptance").status_code == 200
    assert first.post(f"/v1/invitations/{token}/acceptance").status_code == 200
    taken = second.post(f"/v1/invitations/{token}/acceptance")
    assert (taken.status_code, taken.json()["code"]) == (409, "invitation.taken")
    assert second.get(f"/v1/invitations/{token}").status_code == 409
    assert second.get(f"/v1/cases/{case_id}/parties/{party_id}").status_code == 404


def test_a_guessed_link_finds_nothing(client: TestClient, world: World) -> None:
    guessed = client.get(f"/v1/invitations/{'0' * 64}")
    assert (guessed.status_code, guessed.json()["code"]) == (404, "invitation.not_found")
    assert client.get("/v1/invitations/short").status_code == 422


def test_a_changed_text_is_read_again(world: World, owner: TestClient, case_id: str) -> None:
    party_id, token = invite(owner, case_id, "王股东")
    client = world.applicant("wang")
    old = client.post(f"/v1/invitations/{token}/acceptance").json()["text_digest"]
    world.verify(client, case_id, party_id=party_id, name="王股东", number=PEOPLE["王股东"][2])
    owner.patch(f"/v1/cases/{case_id}", json={"form": {"after": "示例路9号"}})
    place = f"/v1/cases/{case_id}/parties/{party_id}"
    refused = client.post(f"{place}/consent", json={"text_digest": old})
    assert (refused.status_code, refused.json()["code"]) == (409, "party.text_changed")
    new = client.get(place).json()["text_digest"]
    assert client.post(f"{place}/consent", json={"text_digest": new}).json()["consented"]


def test_a_party_can_be_removed_and_the_link_is_dead(world: World, owner: TestClient, case_id: str) -> None:
    party_id, token = invite(owner, case_id, "王股东")
    assert owner.delete(f"/v1/cases/{case_id}/parties/{party_id}").status_code == 204
    assert owner.get(f"/v1/invitations/{token}").status_code == 404
    assert owner.delete(f"/v1/cases/{case_id}/parties/{party_id}").status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"role": "king", "display_name": "王股东"}, "party.unknown_role"),
        ({"role": "shareholder", "display_name": "王股东"}, "party.share_invalid"),
        ({"role": "shareholder", "display_name": "王股东", "share": "101"}, "party.share_invalid"),
        ({"role": "shareholder", "display_name": "王股东", "share": "NaN"}, "request.validation"),
        ({"role": "shareholder", "display_name": "  ", "share": "1"}, "party.name_invalid"),
    ],
)
def test_a_wrong_invitation_is_refused(owner: TestClient, case_id: str, body, code) -> None:
    refused = owner.post(f"/v1/cases/{case_id}/parties", json=body, headers=fresh_key())
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_the_token_of_a_link_is_kept_nowhere(world: World, owner: TestClient, case_id: str) -> None:
    _, token = invite(owner, case_id, "王股东")
    with world.services.reading() as db:
        rows = [str(row) for table in metadata.sorted_tables for row in db.execute(table.select())]
    assert len(rows) > 10
    assert [row for row in rows if token in row] == []
