"""Which SM2 certificates are trusted, and the one word for why others are not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from asn1crypto import core, x509
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.certificates import ISSUING, SEAL
from signing.gm.certificates import Sm2Issuer, issue, make_crl, self_sign
from signing.gm.paths import PathFault, PathRefused, Trust, public_key, read_certificate, require_trusted
from signing.gm.sm2 import Sm2PrivateKey
from tests.signing.gm.authority import NOW, Sm2Authority, name

AUTHORITY = Sm2Authority()
SOON = NOW + timedelta(hours=1)


def refusal(certificate: x509.Certificate, trust: Trust, at=SOON) -> PathFault:
    with pytest.raises(PathRefused) as caught:
        require_trusted(certificate, trust, at=at)
    return caught.value.fault


def test_certificate_under_the_root_is_trusted():
    require_trusted(AUTHORITY.seal(), AUTHORITY.trust(), at=SOON)


def test_time_of_validity_bounds_trust():
    seal = AUTHORITY.seal()
    assert refusal(seal, AUTHORITY.trust(), NOW - timedelta(seconds=1)) is PathFault.NOT_YET_VALID
    assert refusal(seal, AUTHORITY.trust(), NOW + timedelta(days=1096)) is PathFault.EXPIRED


def test_revocation_counts_from_its_date():
    seal = AUTHORITY.seal()
    trust = AUTHORITY.trust({seal.serial_number: NOW + timedelta(minutes=30)})
    require_trusted(seal, trust, at=NOW + timedelta(minutes=29))
    assert refusal(seal, trust, SOON) is PathFault.REVOKED


def test_revoked_issuer_takes_its_seals_along():
    trust = replace(
        AUTHORITY.trust(),
        crls=[
            make_crl(AUTHORITY.root, {AUTHORITY.issuing.certificate.serial_number: NOW}, now=NOW),
            make_crl(AUTHORITY.issuing, {}, now=NOW),
        ],
    )
    assert refusal(AUTHORITY.seal(), trust) is PathFault.REVOKED


def test_without_a_list_that_reaches_the_moment_the_status_is_unknown():
    seal = AUTHORITY.seal()
    assert refusal(seal, replace(AUTHORITY.trust(), crls=())) is PathFault.UNKNOWN_STATUS
    assert refusal(seal, AUTHORITY.trust(), NOW + timedelta(days=31)) is PathFault.UNKNOWN_STATUS


def test_list_of_another_issuer_says_nothing():
    foreign = Sm2Authority()
    lists = [make_crl(AUTHORITY.root, {}, now=NOW), make_crl(foreign.issuing, {}, now=NOW)]
    assert refusal(AUTHORITY.seal(), replace(AUTHORITY.trust(), crls=lists)) is PathFault.UNKNOWN_STATUS


@pytest.mark.parametrize("newest_first", [True, False])
def test_renewed_authority_with_the_same_key_is_trusted_by_either_certificate(newest_first: bool):
    """The one before has run out, and stays in the folder; which of both is looked at first is chance."""
    before = issue(
        ISSUING,
        name("issuing"),
        AUTHORITY.issuing_key.public,
        issuer=AUTHORITY.root,
        now=NOW - ISSUING.lifetime,
    )
    seal = AUTHORITY.seal()
    both = [before.dump(), AUTHORITY.issuing.certificate.dump()]
    trust = replace(AUTHORITY.trust(), intermediates=both[::-1] if newest_first else both)
    require_trusted(seal, trust, at=SOON)
    # The list of the one key revokes by either; and what the root revoked is lost alone.
    lists = AUTHORITY.trust({seal.serial_number: NOW}).crls
    assert refusal(seal, replace(trust, crls=lists)) is PathFault.REVOKED
    lists = [make_crl(AUTHORITY.root, {before.serial_number: NOW}, now=NOW), AUTHORITY.trust().crls[1]]
    require_trusted(seal, replace(trust, crls=lists), at=SOON)
    serial = AUTHORITY.issuing.certificate.serial_number
    lists = [make_crl(AUTHORITY.root, {serial: NOW}, now=NOW), AUTHORITY.trust().crls[1]]
    assert refusal(seal, replace(trust, crls=lists)) is PathFault.REVOKED


def test_what_was_found_once_is_asked_anew_where_lists_roots_or_the_moment_differ():
    seal, trust = AUTHORITY.seal(), AUTHORITY.trust()
    require_trusted(seal, trust, at=SOON)
    assert refusal(seal, AUTHORITY.trust({seal.serial_number: NOW})) is PathFault.REVOKED
    assert refusal(seal, trust, NOW + timedelta(days=1096)) is PathFault.EXPIRED
    assert refusal(seal, Sm2Authority().trust()) is PathFault.NO_PATH
    # Another's certificate for the same key, by the same names, with the same number.
    stranger = replace(AUTHORITY.issuing, key=Sm2PrivateKey.generate())
    twin = issue(SEAL, name("seal"), public_key(seal), issuer=stranger, now=NOW)
    twin = changed(
        twin, lambda made: made["tbs_certificate"].__setitem__("serial_number", seal.serial_number)
    )
    assert refusal(twin, trust) is PathFault.FORGED
    require_trusted(seal, trust, at=SOON)


def test_look_alike_authority_has_no_path():
    # same names, other keys
    foreign = Sm2Authority()
    assert refusal(foreign.seal(), AUTHORITY.trust()) is PathFault.NO_PATH
    with_its_issuer = replace(
        AUTHORITY.trust(),
        intermediates=[foreign.issuing.certificate.dump(), AUTHORITY.issuing.certificate.dump()],
    )
    assert refusal(foreign.seal(), with_its_issuer) is PathFault.NO_PATH


def test_self_signed_certificate_is_not_trusted():
    key = Sm2PrivateKey.generate()
    assert refusal(self_sign(name("seal"), key, now=NOW), AUTHORITY.trust()) is PathFault.NO_PATH


def test_seal_cannot_issue():
    key = Sm2PrivateKey.generate()
    seal = AUTHORITY.seal(key)
    below = issue(
        SEAL, name("below"), Sm2PrivateKey.generate().public, issuer=Sm2Issuer(seal, key, "u", "u"), now=NOW
    )
    trust = AUTHORITY.trust()
    trust = replace(
        trust,
        intermediates=[*trust.intermediates, seal.dump()],
        crls=[*trust.crls, make_crl(Sm2Issuer(seal, key, "u", "u"), {}, now=NOW)],
    )
    assert refusal(below, trust) in (PathFault.CONSTRAINTS, PathFault.UNKNOWN_STATUS)


def test_issuing_authority_makes_no_further_authority():
    key = Sm2PrivateKey.generate()
    second = issue(ISSUING, name("second"), key.public, issuer=AUTHORITY.issuing, now=NOW)
    lower = Sm2Issuer(second, key, "http://u", "http://u")
    seal = issue(SEAL, name("seal"), Sm2PrivateKey.generate().public, issuer=lower, now=NOW)
    trust = AUTHORITY.trust()
    trust = replace(
        trust,
        intermediates=[*trust.intermediates, second.dump()],
        crls=[*trust.crls, make_crl(lower, {}, now=NOW)],
    )
    assert refusal(seal, trust) is PathFault.CONSTRAINTS


def changed(certificate: x509.Certificate, change: Callable[[x509.Certificate], None]) -> x509.Certificate:
    copy = x509.Certificate.load(certificate.dump())
    change(copy)
    return x509.Certificate.load(copy.dump(force=True))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["tbs_certificate"].__setitem__("subject", name("another")),
        lambda c: c["tbs_certificate"].__setitem__("serial_number", 7),
        lambda c: c.__setitem__("signature_value", core.OctetBitString(b"\x30\x06\x02\x01\x01\x02\x01\x01")),
        lambda c: c.__setitem__("signature_algorithm", {"algorithm": "sha256_ecdsa"}),
    ],
)
def test_changed_certificate_is_forged(change: Callable[[x509.Certificate], None]):
    assert refusal(changed(AUTHORITY.seal(), change), AUTHORITY.trust()) is PathFault.FORGED


def test_unknown_critical_extension_is_refused():
    def add(certificate: x509.Certificate) -> None:
        certificate["tbs_certificate"]["extensions"].append(
            {"extn_id": "1.2.3.4", "critical": True, "extn_value": core.ParsableOctetString(b"\x05\x00")}
        )
        signature = AUTHORITY.issuing_key.sign(certificate["tbs_certificate"].dump(force=True))
        certificate["signature_value"] = core.OctetBitString(signature)

    assert refusal(changed(AUTHORITY.seal(), add), AUTHORITY.trust()) is PathFault.CONSTRAINTS


def forgeable_seal() -> bytes:
    """A certificate whose signature ends in a bit that padding could swallow."""
    while True:
        der = bytes(AUTHORITY.seal().dump())
        if der[-1] % 2 == 0:
            return der


SEAL_BYTES = forgeable_seal()
TRUST = AUTHORITY.trust()


def is_trusted(der: bytes) -> bool:
    try:
        require_trusted(read_certificate(der), TRUST, at=SOON)
    except PathRefused:
        return False
    return True


@pytest.mark.parametrize("bits", [0x01, 0x80], ids=["lowest", "highest"])
def test_no_changed_bit_is_trusted(bits: int):
    assert is_trusted(SEAL_BYTES)
    for at in range(len(SEAL_BYTES)):
        changed = SEAL_BYTES[:at] + bytes([SEAL_BYTES[at] ^ bits]) + SEAL_BYTES[at + 1 :]
        assert not is_trusted(changed), at


@settings(max_examples=150)
@given(at=st.integers(0, len(SEAL_BYTES) - 1), bits=st.integers(1, 255))
def test_no_changed_byte_is_trusted(at: int, bits: int):
    assert not is_trusted(SEAL_BYTES[:at] + bytes([SEAL_BYTES[at] ^ bits]) + SEAL_BYTES[at + 1 :])


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x03\x02\x01\x01", bytes(20 << 10), SEAL_BYTES + b"\0"])
def test_unreadable_certificate_is_refused(der: bytes):
    with pytest.raises(PathRefused) as caught:
        read_certificate(der)
    assert caught.value.fault is PathFault.UNREADABLE
