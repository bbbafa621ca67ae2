import hashlib
from datetime import datetime

import pytest
from asn1crypto import tsp

from signing.demonstration import Demonstration
from signing.errors import TimeStampUnavailable
from signing.timestamps import read_answer


def request(digest: bytes = bytes(32), algorithm: str = "sha256", nonce: int | None = 7) -> bytes:
    fields = {
        "version": 1,
        "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest},
        "cert_req": True,
    }
    if nonce is not None:
        fields["nonce"] = nonce
    return bytes(tsp.TimeStampReq(fields).dump())


def test_token_states_digest_time_and_nonce(authority: Demonstration, started: datetime):
    digest = hashlib.sha256(b"page").digest()
    answer = tsp.TimeStampResp.load(authority.time_stamp_authority().respond(request(digest)))
    assert answer["status"]["status"].native == "granted"
    content = answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    assert content["message_imprint"]["hashed_message"].native == digest
    assert content["gen_time"].native == started
    assert content["nonce"].native == 7


def test_serial_numbers_differ(authority: Demonstration):
    stamps = authority.time_stamp_authority()
    answers = [tsp.TimeStampResp.load(stamps.respond(request(nonce=None))) for _ in range(20)]
    numbers = {
        answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed["serial_number"].native
        for answer in answers
    }
    assert len(numbers) == 20


@pytest.mark.parametrize(
    "asked",
    [b"", b"nonsense", request(bytes(20), "sha1"), request(bytes(31)), request(bytes(16), "md5")],
    ids=["empty", "nonsense", "sha-1", "short", "md5"],
)
def test_bad_request_is_refused_without_a_token(authority: Demonstration, asked: bytes):
    answer = authority.time_stamp_authority().respond(asked)
    assert len(answer) < 20
    with pytest.raises(TimeStampUnavailable, match="rejection"):
        read_answer(answer)


@pytest.mark.parametrize("answer", [b"", b"<html>", bytes(40)])
def test_nonsense_is_no_answer(answer: bytes):
    with pytest.raises(TimeStampUnavailable):
        read_answer(answer)
