"""A time-stamp token that stands alone: verified, and written in one way only."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from asn1crypto import cms

from signing.demonstration import Demonstration
from signing.errors import TimeStampRefused
from signing.stamp_tokens import StampTrust, request_token, verify_token
from tests.signing.conftest import Hand

DATA = b"a signature"


@pytest.fixture(scope="module")
def trust(authority: Demonstration, clock: Hand) -> StampTrust:
    return StampTrust(authority.anchors, crls=tuple(authority.crls(clock.now)))


@pytest.fixture(scope="module")
def token(authority: Demonstration) -> bytes:
    return request_token(authority.time_stamp_authority(), DATA)


def changed(token: bytes, change: Callable[[cms.SignedData], None]) -> bytes:
    container = cms.ContentInfo.load(token)
    change(container["content"])
    return bytes(container.dump(force=True))


def with_longer_length(token: bytes) -> bytes:
    """The same in BER: the outermost length with a zero before it."""
    size = token[1] & 0x7F
    return token[:1] + bytes([0x80 | size + 1, 0]) + token[2:]


def with_unsigned_attribute(token: bytes) -> bytes:
    attribute = cms.CMSAttribute({"type": "1.2.3.4", "values": cms.SetOfAny([cms.Any.load(b"\x05\x00")])})
    return changed(
        token,
        lambda data: data["signer_infos"][0].__setitem__("unsigned_attrs", cms.CMSAttributes([attribute])),
    )


def with_another_digest_named(token: bytes) -> bytes:
    return changed(token, lambda data: data["digest_algorithms"].append({"algorithm": "sha1"}))


def test_genuine_token_tells_its_time(token: bytes, trust: StampTrust, clock: Hand):
    at = clock.now + timedelta(seconds=5)
    assert abs(verify_token(token, DATA, trust=trust, at=at) - clock.now) < timedelta(seconds=5)
    with pytest.raises(TimeStampRefused):
        verify_token(token, DATA + b".", trust=trust, at=at)


@pytest.mark.parametrize("change", [with_longer_length, with_unsigned_attribute, with_another_digest_named])
def test_token_with_another_spelling_is_refused(
    token: bytes, trust: StampTrust, clock: Hand, change: Callable[[bytes], bytes]
):
    respelled = change(token)
    assert respelled != token
    with pytest.raises(TimeStampRefused):
        verify_token(respelled, DATA, trust=trust, at=clock.now + timedelta(seconds=5))


@pytest.mark.slow
def test_every_byte_of_a_token_counts(token: bytes, trust: StampTrust, clock: Hand):
    for at in range(0, len(token), 41):
        flipped = token[:at] + bytes([token[at] ^ 0x01]) + token[at + 1 :]
        with pytest.raises(TimeStampRefused):
            verify_token(flipped, DATA, trust=trust, at=clock.now + timedelta(seconds=5))
