"""A leaf is public and tells nothing of whose certificate it is; its opening tells all of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.transparency.entries import DocumentForm, Leaf, LogEvent, LoggedDocument, Opening
from signing.transparency.merkle import leaf_hash
from tests.signing.transparency.builders import ORGAN, START, make_document

OPENING = Opening(
    "JY24201020000018", (make_document("pdf"), make_document("ofd", DocumentForm.OFD)), "0f" * 32
)
LEAF = OPENING.leaf(LogEvent.ISSUED, organ_id=ORGAN, at=START)


def test_the_leaf_has_one_spelling_that_shows_neither_number_nor_file() -> None:
    plain = json.loads(LEAF.text)
    assert plain == {
        "format": "novisit-seal-log-1",
        "event": "issued",
        "organ": ORGAN,
        "at": "2026-03-02T02:00:00.000000Z",
        "certificate": LEAF.certificate,
        "documents": dict(LEAF.documents),
        "successor": "",
    }
    secrets = [OPENING.number, OPENING.salt, *(document.sha256 for document in OPENING.documents)]
    assert [secret for secret in secrets if secret in LEAF.text] == []
    assert Leaf.parse(LEAF.text) == LEAF
    assert LEAF.hash == leaf_hash(LEAF.text.encode())


def test_the_spelling_is_pinned() -> None:
    # Whoever checks a proof years from now hashes these very bytes.
    assert LEAF.hash.hex() == "971edd7d726343754061584fa721847c694064967ace74f7918b5872b9822e68"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 4000,
        LEAF.text + " ",
        LEAF.text.replace('"issued"', '"forged"'),
        LEAF.text.replace("novisit-seal-log-1", "novisit-seal-log-2"),
        LEAF.text.replace(".000000Z", "+00:00"),
        LEAF.text.replace(LEAF.certificate, LEAF.certificate.upper()),
        LEAF.text.replace('"successor":""', f'"successor":"{"0" * 64}"'),
        LEAF.text.replace('"documents":{', '"documents":{"docx":"00",'),
        LEAF.text.replace('"documents":{', '"documents":7,"x":{'),
        LEAF.text[:-1] + ',"holder":"x"}',
        LEAF.text[:-1] + ',"x":"' + "x" * 5000 + '"}',
    ],
)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an entry"):
        Leaf.parse(text)


def test_only_its_own_opening_opens_a_leaf() -> None:
    assert OPENING.opens(LEAF)
    others = [
        replace(OPENING, number="JY24201020000026"),
        replace(OPENING, salt="0e" * 32),
        replace(OPENING, documents=OPENING.documents[:1]),
        replace(OPENING, documents=(make_document("other"), OPENING.documents[1])),
        replace(
            OPENING,
            documents=tuple(
                LoggedDocument(form, document.sha256)
                for form, document in zip(reversed(DocumentForm), OPENING.documents, strict=True)
            ),
        ),
    ]
    assert [other for other in others if other.opens(LEAF)] == []


def test_the_order_of_the_files_does_not_matter() -> None:
    assert replace(OPENING, documents=tuple(reversed(OPENING.documents))).opens(LEAF)


def test_every_entry_about_a_certificate_bears_the_same_digest_and_another_salt_another() -> None:
    revoked = OPENING.leaf(LogEvent.REVOKED, organ_id=ORGAN, at=START)
    assert revoked.certificate == LEAF.certificate
    assert replace(OPENING, salt="0e" * 32).certificate != LEAF.certificate


def test_nonsense_is_refused_when_built() -> None:
    with pytest.raises(ValueError, match="aware"):
        replace(LEAF, at=datetime(2026, 3, 2))  # noqa: DTZ001  what is refused here
    with pytest.raises(ValueError, match="at least one file"):
        replace(LEAF, documents=())
    with pytest.raises(ValueError, match="once each"):
        replace(LEAF, documents=LEAF.documents * 2)
    with pytest.raises(ValueError, match="successor"):
        replace(LEAF, event=LogEvent.REPLACED)
    with pytest.raises(ValueError, match="successor"):
        replace(LEAF, successor=LEAF.certificate)
    with pytest.raises(ValueError, match="64 lower-case"):
        replace(LEAF, certificate="x" * 64)
    with pytest.raises(ValueError, match="64 lower-case"):
        LoggedDocument(DocumentForm.PDF, "AB" * 32)
    with pytest.raises(ValueError, match="32 bytes"):
        replace(OPENING, salt="0f" * 31)
    with pytest.raises(ValueError, match="names its certificate"):
        replace(OPENING, number="")


def test_an_opening_does_not_tell_its_salt_when_printed() -> None:
    assert OPENING.salt not in repr(OPENING)


@given(
    at=st.datetimes(
        min_value=datetime(1900, 1, 1),  # noqa: DTZ001  hypothesis adds the zone
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
    ),
    organ=st.text(min_size=1, max_size=64),
    event=st.sampled_from([LogEvent.ISSUED, LogEvent.REVOKED]),
    number=st.text(min_size=1, max_size=40),
    salt=st.binary(min_size=32, max_size=32),
)
def test_what_is_written_is_read_back(at, organ, event, number, salt) -> None:
    opening = Opening(number, (make_document(number),), salt.hex())
    leaf = opening.leaf(event, organ_id=organ, at=at)
    again = Leaf.parse(leaf.text)
    assert again == leaf
    assert again.hash == leaf.hash
    assert opening.opens(again)
