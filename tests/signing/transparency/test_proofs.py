"""A proof convinces whoever trusts the log's key, and only of the file it was made for."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signing.errors import HeadRefused, ProofRefused
from signing.transparency.heads import HeadSigner
from signing.transparency.log import SealLog
from signing.transparency.proofs import (
    LARGEST_PROOF,
    LogProof,
    ProvenEntry,
    check_proof,
    parse_proof,
    proof_as_plain,
)
from signing.transparency.standing import Standing, logged, standing_of
from signing.verdict import Check, Outcome, SealedBy, SealStatus, SealVerification
from tests.signing.transparency.builders import START, issue, make_document, make_log, make_signer

NUMBER = "JY24201020000018"
FILE = make_document(NUMBER).sha256


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> HeadSigner:
    return make_signer(tmp_path_factory.mktemp("keys"))


def prove(log: SealLog, signer: HeadSigner, number: str = NUMBER) -> LogProof:
    size = log.store.size()
    signed = signer.sign(at=START, tree_size=size, root_hash=log.root(size))
    found = log.store.of_number(number)
    entries = tuple(
        ProvenEntry(entry.index, entry.leaf, log.inclusion(entry.index, tree_size=size).path)
        for entry, _ in found
    )
    return LogProof(signed, signer.public_key_info(), entries, found[0][1])


def make_full_log() -> SealLog:
    log = make_log()
    for number in ("JY1", NUMBER, "JY3", "JY4", "JY5"):
        issue(log, number)
    return log


@pytest.fixture(scope="module")
def proof(signer: HeadSigner) -> LogProof:
    return prove(make_full_log(), signer)


def verified() -> SealVerification:
    return SealVerification(
        SealStatus.TOTAL_PASSED, "", (Check(1, "file", Outcome.PASSED, "passed"),), SealedBy(), FILE, START
    )


def test_a_proof_holds_also_after_a_journey_as_json(proof: LogProof) -> None:
    again = parse_proof(json.dumps(proof_as_plain(proof)).encode())
    assert again == proof
    check_proof(again, trusted=[proof.public_key_info])
    assert standing_of(again, trusted=[proof.public_key_info], sha256=FILE) is Standing.IN_LOG


def test_the_life_of_a_certificate_is_proven_to_its_end(signer: HeadSigner) -> None:
    for successor, standing in (("", Standing.REVOKED), ("JY3", Standing.REPLACED)):
        log = make_full_log()
        log.revoke(NUMBER, successor=successor)
        proof = prove(log, signer)
        assert standing_of(proof, trusted=[proof.public_key_info], sha256=FILE) is standing
        # Whoever leaves out the end proves only what was before it.
        cut = replace(proof, entries=proof.entries[:1])
        assert standing_of(cut, trusted=[proof.public_key_info], sha256=FILE) is Standing.IN_LOG


def test_another_file_or_a_proof_that_does_not_open_convinces_nobody(proof: LogProof) -> None:
    trusted = [proof.public_key_info]
    assert standing_of(proof, trusted=trusted, sha256="0" * 64) is Standing.OTHER_FILE
    assert standing_of(replace(proof, opening=None), trusted=trusted, sha256=FILE) is Standing.OTHER_FILE


def test_only_a_trusted_key_counts_whatever_the_proof_brings_along(proof: LogProof, tmp_path: Path) -> None:
    stranger = make_signer(tmp_path).public_key_info()
    assert standing_of(proof, trusted=[stranger], sha256=FILE) is Standing.HEAD_REFUSED
    assert standing_of(proof, trusted=[], sha256=FILE) is Standing.HEAD_REFUSED
    brought = replace(proof, public_key_info=stranger)
    assert standing_of(brought, trusted=[proof.public_key_info, stranger], sha256=FILE) is Standing.IN_LOG


def test_what_was_changed_is_refused(proof: LogProof, signer: HeadSigner) -> None:
    entry, opening = proof.entries[0], proof.opening
    assert opening is not None
    log = make_full_log()
    log.revoke(NUMBER)
    ended = prove(log, signer)
    other = prove(log, signer, "JY3")
    forged = [
        replace(proof, entries=(replace(entry, index=2),)),
        replace(proof, entries=(replace(entry, index=99),)),
        replace(proof, entries=(replace(entry, path=entry.path[:-1]),)),
        replace(proof, entries=(replace(entry, path=(*entry.path, bytes(32))),)),
        replace(proof, entries=(replace(entry, path=(b"", *entry.path[1:])),)),
        replace(proof, entries=(replace(entry, leaf=replace(entry.leaf, organ_id="another")),)),
        replace(proof, opening=replace(opening, number="JY3")),
        replace(proof, opening=replace(opening, salt="00" * 32)),
        replace(proof, opening=replace(opening, documents=(make_document("JY3"),))),
        replace(ended, entries=ended.entries[1:]),
        replace(ended, entries=(*ended.entries[:1], *other.entries)),
        replace(other, opening=opening),
    ]
    for made in forged:
        with pytest.raises(ProofRefused):
            check_proof(made, trusted=[proof.public_key_info])
        assert standing_of(made, trusted=[proof.public_key_info], sha256=FILE) is Standing.PROOF_REFUSED
    later = replace(proof, signed=replace(proof.signed, head=replace(proof.signed.head, tree_size=6)))
    with pytest.raises(HeadRefused):
        check_proof(later, trusted=[proof.public_key_info])


def spoil(change: Callable[[Any], object]) -> Callable[[LogProof], bytes]:
    def spoilt(proof: LogProof) -> bytes:
        plain = proof_as_plain(proof)
        change(plain)
        return json.dumps(plain).encode()

    return spoilt


@pytest.mark.parametrize(
    "content",
    [
        lambda _: b"",
        lambda _: b"null",
        lambda _: b"[]",
        lambda _: b"\xff",
        lambda _: b"[" * 5000,
        lambda _: b" " * (LARGEST_PROOF + 1),
        spoil(lambda plain: plain.update(format="novisit-log-proof-2")),
        spoil(lambda plain: plain.update(entries=[])),
        spoil(lambda plain: plain.update(entries=plain["entries"] * 2)),
        spoil(lambda plain: plain.update(head=None)),
        spoil(lambda plain: plain["head"].update(tree_size="5")),
        spoil(lambda plain: plain["head"].update(tree_size=True)),
        spoil(lambda plain: plain["head"].update(timestamp_ms=10**18)),
        spoil(lambda plain: plain["head"].update(signature="x")),
        spoil(lambda plain: plain["head"].update(root_hash="00")),
        spoil(lambda plain: plain["entries"][0].update(index=1.0)),
        spoil(lambda plain: plain["entries"][0].update(leaf="{}")),
        spoil(lambda plain: plain["entries"][0].update(leaf_hash="0" * 64)),
        spoil(lambda plain: plain["entries"][0].update(path="xx")),
        spoil(lambda plain: plain["opening"].update(documents={"exe": "0" * 64})),
        spoil(lambda plain: plain["opening"].update(salt="zz")),
        spoil(lambda plain: plain["opening"].update(number=7)),
        spoil(lambda plain: plain.pop("opening")),
    ],
)
def test_what_is_no_proof_is_refused_in_a_sentence(
    proof: LogProof, content: Callable[[LogProof], bytes]
) -> None:
    def accept(read: bytes) -> None:
        check_proof(parse_proof(read), trusted=[proof.public_key_info])

    with pytest.raises(ProofRefused):
        accept(content(proof))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), other=st.integers(1, 255))
def test_a_changed_byte_never_makes_another_file_known(proof: LogProof, place: int, other: int) -> None:
    content = bytearray(json.dumps(proof_as_plain(proof)).encode())
    content[place % len(content)] ^= other
    try:
        read = parse_proof(bytes(content))
    except ProofRefused:
        return
    assert standing_of(read, trusted=[proof.public_key_info], sha256="0" * 64) is not Standing.IN_LOG
    if standing_of(read, trusted=[proof.public_key_info], sha256=FILE) is Standing.IN_LOG:
        # Only what nobody relies on may have changed: the key that the proof claims.
        assert replace(read, public_key_info=proof.public_key_info) == proof


def test_the_step_of_the_log_is_taken_last_and_only_where_the_others_passed() -> None:
    for standing in Standing:
        found = logged(verified(), standing)
        check = found.checks[-1]
        assert (check.number, check.code, check.reason) == (2, "log", standing.value)
        passed = standing is Standing.IN_LOG
        assert (found.status is SealStatus.TOTAL_PASSED) == passed
        ended = standing in (Standing.REVOKED, Standing.REPLACED)
        assert (check.outcome is Outcome.FAILED) == ended
    failed = replace(
        verified(),
        status=SealStatus.TOTAL_FAILED,
        sub_indication="HASH_FAILURE",
        checks=(Check(1, "file", Outcome.FAILED, "unreadable"),),
    )
    found = logged(failed, Standing.IN_LOG)
    assert (found.status, found.checks[-1].outcome) == (SealStatus.TOTAL_FAILED, Outcome.NOT_REACHED)


def test_every_word_about_the_log_is_in_the_catalogue() -> None:
    words = tomllib.loads(resources.files("signing").joinpath("messages.toml").read_text(encoding="utf-8"))
    wanted = {"seal.step.log", *(f"seal.reason.{standing}" for standing in Standing)}
    source = resources.files("signing").joinpath("transparency", "audit.py").read_text(encoding="utf-8")
    wanted |= {part.split('"')[0] for part in source.split('_Found("')[1:]}
    assert len(wanted) > 20
    assert wanted - words.keys() == set()
