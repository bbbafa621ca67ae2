"""A reviewer ends a certificate, once, with a reason; whoever looks it up is told."""

from fastapi.testclient import TestClient

from api.store.filing import seal_log
from signing.keys.custody import KeyCustody
from tests.api.conftest import fresh_key
from tests.api.filing.world import JIANGHAN, World


def end(client: TestClient, number: str, **body: str):
    return client.post(f"/v1/review/certificates/{number}/end", json=body, headers=fresh_key())


def issued(world: World, client: TestClient, reviewer: TestClient) -> str:
    case_id, number = world.approved(client, reviewer)
    world.seal(case_id)
    return number


def test_a_revoked_certificate_is_told_as_such_and_a_replaced_one_names_its_successor(
    world: World, client: TestClient, signer: KeyCustody
) -> None:
    applicant, reviewer = world.applicant(), world.reviewer()
    old, new, other = (issued(world, applicant, reviewer) for _ in range(3))
    replaced = end(reviewer, old, reason="换发", successor=new)
    assert replaced.status_code == 201, replaced.text
    assert replaced.json()["status"] == "replaced"
    revoked = end(reviewer, other, reason="材料不实").json()
    assert (revoked["status"], revoked["successor"]) == ("revoked", None)
    told = {number: client.get(f"/v1/certificates/{number}").json() for number in (old, new, other)}
    assert [told[number]["status"] for number in (old, new, other)] == ["replaced", "issued", "revoked"]
    assert told[old]["successor"] == new
    assert told[other]["ended_at"] == revoked["ended_at"]
    assert "材料不实" not in client.get(f"/v1/certificates/{other}").text
    # The head that covers the end was signed after the answer.
    life = client.get("/v1/transparency/inclusion", params={"number": other}).json()["entries"]
    assert [entry["leaf_hash"] for entry in life][1:] == [revoked["log_entry"]]
    mail = {notice.code for notice in _notices(world)}
    assert {"notice.certificate_revoked", "notice.certificate_replaced"} <= mail


def _notices(world: World):
    from sqlalchemy import select

    from api.store.tables.notices import notices

    with world.services.reading() as db:
        return list(db.execute(select(notices)))


def test_it_ends_once_and_a_repeated_request_gets_the_same_answer(
    world: World, client: TestClient, signer: KeyCustody
) -> None:
    applicant, reviewer = world.applicant(), world.reviewer()
    number = issued(world, applicant, reviewer)
    path, body, key = f"/v1/review/certificates/{number}/end", {"reason": "材料不实"}, fresh_key()
    first = reviewer.post(path, json=body, headers=key)
    again = reviewer.post(path, json=body, headers=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    other = end(reviewer, number, reason="again")
    assert (other.status_code, other.json()["code"]) == (409, "certificate.ended")
    with world.services.reading() as db:
        assert seal_log(db, world.services).store.size() == 2


def test_only_the_organ_that_issued_it_may_end_it_and_only_with_a_reason(
    world: World, client: TestClient
) -> None:
    applicant, reviewer = world.applicant(), world.reviewer()
    number = issued(world, applicant, reviewer)
    waiting = world.approved(applicant, reviewer)[1]
    refused = [
        (end(world.reviewer(JIANGHAN), number, reason="x"), 404, "case.not_found"),
        (end(applicant, number, reason="x"), 403, "account.not_allowed"),
        (end(client, number, reason="x"), 401, "account.not_signed_in"),
        (end(reviewer, number, reason=""), 422, "request.validation"),
        (end(reviewer, number, reason="  "), 422, "review.reason_missing"),
        (end(reviewer, number, reason="x", successor=number), 422, "certificate.successor_invalid"),
        (end(reviewer, number, reason="x", successor=waiting), 422, "certificate.successor_invalid"),
        (
            end(reviewer, number, reason="x", successor="JY99999999999999"),
            422,
            "certificate.successor_invalid",
        ),
        (end(reviewer, waiting, reason="x"), 404, "certificate.not_found"),
        (end(reviewer, "JY99999999999999", reason="x"), 404, "certificate.not_found"),
    ]
    for answer, status, code in refused:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert client.get(f"/v1/certificates/{number}").json()["status"] == "issued"


def test_a_certificate_may_be_ended_while_the_signer_is_away(world: World, client: TestClient) -> None:
    applicant, reviewer = world.applicant(), world.reviewer()
    number = issued(world, applicant, reviewer)
    assert end(reviewer, number, reason="材料不实").status_code == 201
    assert client.get(f"/v1/certificates/{number}").json()["status"] == "revoked"
