"""Anyone may read the log and check it; what a stranger gets opens nothing."""

import base64
import itertools
from typing import Any

from cryptography.hazmat.primitives import serialization
from fastapi.testclient import TestClient

from api.transparency import log_keys, publish_head
from signing.transparency.heads import verify_head
from signing.transparency.merkle import leaf_hash, verify_consistency, verify_inclusion
from signing.transparency.proofs import check_proof, head_from_plain, parse_proof
from tests.api.transparency.conftest import Logged

TREE = "/v1/transparency"


def get(client: TestClient, what: str, **asked: Any) -> Any:
    answer = client.get(f"{TREE}/{what}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_newest_head_and_every_other_verify_under_the_published_key(
    client: TestClient, logged: Logged
) -> None:
    (key,) = get(client, "keys")["keys"]
    info = serialization.load_pem_public_key(key["pem"].encode()).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    heads = get(client, "tree-heads")["heads"]
    assert [head["tree_size"] for head in heads] == [1, 3, 5, 7]
    for plain in heads:
        head = verify_head(head_from_plain(plain), public_key_info=info)
        assert plain["signed_bytes"] == head.signed_bytes.hex()
        assert plain["log_id"] == key["log_id"]
    assert get(client, "tree-head") == heads[-1]
    assert get(client, "tree-head", tree_size=3) == heads[1]
    assert get(client, "tree-heads", after=1, limit=2)["heads"] == heads[1:3]


def test_every_head_begins_with_the_one_before(client: TestClient, logged: Logged) -> None:
    heads = get(client, "tree-heads")["heads"]
    for old, new in itertools.pairwise(heads):
        found = get(client, "consistency", first=old["tree_size"], second=new["tree_size"])
        verify_consistency(
            first=old["tree_size"],
            first_root=bytes.fromhex(old["root_hash"]),
            second=new["tree_size"],
            second_root=bytes.fromhex(new["root_hash"]),
            proof=[bytes.fromhex(hash_) for hash_ in found["path"]],
        )


def test_every_entry_is_proven_by_its_hash(client: TestClient, logged: Logged) -> None:
    found = get(client, "entries")
    assert found["tree_size"] == 7
    assert [entry["index"] for entry in found["entries"]] == list(range(7))
    assert get(client, "entries", start=2, end=3)["entries"] == found["entries"][2:4]
    assert get(client, "entries", start=6, end=900)["entries"] == found["entries"][6:]
    root = bytes.fromhex(get(client, "tree-head")["root_hash"])
    for entry in found["entries"]:
        hash_ = leaf_hash(entry["leaf"].encode())
        assert entry["leaf_hash"] == hash_.hex()
        proof = get(client, "inclusion", hash=hash_.hex())
        assert (proof["opening"], len(proof["entries"])) == (None, 1)
        verify_inclusion(
            leaf=hash_,
            index=entry["index"],
            size=7,
            proof=[bytes.fromhex(step) for step in proof["entries"][0]["path"]],
            root_hash=root,
        )


def test_by_its_number_a_certificate_shows_its_life_and_no_secret(client: TestClient, logged: Logged) -> None:
    answer = client.get(f"{TREE}/inclusion", params={"number": logged.numbers[1]})
    proof = parse_proof(answer.content)
    check_proof(proof, trusted=log_keys(logged.services).public())
    assert [entry.leaf.event for entry in proof.entries] == ["issued", "revoked"]
    assert proof.opening is None
    with logged.services.reading() as db:
        found = logged.bench(db).office.log.store.of_number(logged.numbers[1])
    assert found[0][1].salt not in answer.text
    assert logged.numbers[1] not in answer.text
    everything = client.get(f"{TREE}/entries").text
    assert [number for number in logged.numbers if number in everything] == []


def test_what_no_head_covers_is_not_given(client: TestClient, logged: Logged) -> None:
    number = logged.issue()
    assert len(get(client, "entries")["entries"]) == 7
    assert client.get(f"{TREE}/inclusion", params={"number": number}).status_code == 404
    assert client.get(f"{TREE}/consistency", params={"first": 1, "second": 8}).status_code == 422
    publish_head(logged.services)
    assert len(get(client, "inclusion", number=number)["entries"]) == 1


def test_before_the_first_entry_there_is_no_head(client: TestClient, empty: Logged) -> None:
    for what in ("tree-head", "entries", "inclusion?number=JY24201020000018", "consistency?first=1&second=1"):
        answer = client.get(f"{TREE}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (
            404,
            "log.head_not_found" if "number" not in what else "log.entry_not_found",
        )
    assert get(client, "tree-heads") == {"heads": []}


REFUSED = [
    ("consistency?first=0&second=7", 422, "request.validation"),
    ("consistency?first=5&second=3", 422, "log.range"),
    ("consistency?first=3&second=8", 422, "log.range"),
    ("consistency?first=3", 422, "request.validation"),
    ("consistency?first=3&second=99999999999999999999", 422, "request.validation"),
    ("entries?start=7", 422, "log.range"),
    ("entries?start=3&end=2", 422, "log.range"),
    ("entries?start=0&end=1000", 422, "log.range"),
    ("entries?start=-1", 422, "request.validation"),
    ("entries?start=x", 422, "request.validation"),
    ("tree-head?tree_size=2", 404, "log.head_not_found"),
    ("tree-head?tree_size=0", 422, "request.validation"),
    ("tree-heads?limit=1001", 422, "request.validation"),
    ("inclusion", 400, "log.ask_one"),
    (f"inclusion?number=JY24201020000018&hash={'0' * 64}", 400, "log.ask_one"),
    (f"inclusion?hash={'0' * 64}", 404, "log.entry_not_found"),
    (f"inclusion?hash={'0' * 63}", 422, "request.validation"),
    ("inclusion?number=JY99999999999999", 404, "log.entry_not_found"),
    ("inclusion?number=x%00", 422, "request.validation"),
]


def test_bad_questions_are_refused_with_a_problem(client: TestClient, logged: Logged) -> None:
    for asked, status, code in REFUSED:
        answer = client.get(f"{TREE}/{asked}")
        assert (answer.status_code, answer.json()["code"]) == (status, code), asked
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] != code


def test_what_cannot_change_may_be_kept_and_what_can_not_for_long(client: TestClient, logged: Logged) -> None:
    kept = {
        what: client.get(f"{TREE}/{what}").headers["cache-control"]
        for what in (
            "tree-head",
            "consistency?first=1&second=7",
            "entries?start=0&end=6",
            "entries?start=0&end=9",
        )
    }
    assert [("immutable" in value) for value in kept.values()] == [False, True, True, False]
    assert all(value.startswith("public, max-age=") for value in kept.values())


def test_one_address_may_not_ask_without_end(client: TestClient, logged: Logged) -> None:
    most = logged.services.settings.public_requests_per_quarter
    answers = [client.get(f"{TREE}/tree-head").status_code for _ in range(most + 1)]
    assert answers == [200] * most + [429]


def test_the_key_in_the_proof_is_the_published_one(client: TestClient, logged: Logged) -> None:
    proof = get(client, "inclusion", number=logged.numbers[0])
    assert base64.b64decode(proof["public_key"]) in log_keys(logged.services).public()
