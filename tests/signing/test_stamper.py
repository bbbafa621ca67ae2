"""An authority's certificate is looked at once, and anew where what was found may be over."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from signing.certificates import der, make_crl
from signing.demonstration import Demonstration, create
from signing.errors import CertificateRefused, TimeStampUnavailable
from signing.sealing import PdfSealer
from signing.stamper import Stamper
from signing.timestamps import LocalTimeStampAuthority
from tests.signing.conftest import JIANGAN, PLACE, Hand

DIGEST = bytes(range(32))


@pytest.fixture
def hand(clock: Hand) -> Hand:
    return Hand(clock.now)


@pytest.fixture
def pki(tmp_path: Path, hand: Hand) -> Demonstration:
    return create(tmp_path, [JIANGAN], hand)


def stamper(pki: Demonstration, authority: LocalTimeStampAuthority | None = None) -> Stamper:
    chain = pki.credential(JIANGAN.organ_id).chain
    return Stamper(authority or pki.time_stamp_authority(), pki.anchors, chain)


def serial_of_stamps(folder: Path) -> int:
    return x509.load_der_x509_certificate((folder / "tsa.crt").read_bytes()).serial_number


def test_authority_that_was_found_good_is_refused_once_a_list_revokes_it(
    pki: Demonstration, tmp_path: Path, hand: Hand
):
    good = stamper(pki)
    good.stamp(DIGEST, pki.crls(hand.now), hand.now)
    since, hand.now = hand.now, hand.now + timedelta(minutes=1)
    revoked = make_crl(pki.authority.issuer("issuing"), {serial_of_stamps(tmp_path): since}, now=hand.now)
    lists = (pki.published("root.crl"), revoked)
    with pytest.raises(TimeStampUnavailable, match="revoked"):
        good.stamp(DIGEST, lists, hand.now)


def test_revocation_with_a_later_date_counts_when_its_moment_comes(
    pki: Demonstration, tmp_path: Path, hand: Hand
):
    later = hand.now + timedelta(minutes=5)
    planned = make_crl(pki.authority.issuer("issuing"), {serial_of_stamps(tmp_path): later}, now=hand.now)
    lists = (pki.published("root.crl"), planned)
    good = stamper(pki)
    good.stamp(DIGEST, lists, hand.now)
    with pytest.raises(TimeStampUnavailable):
        good.stamp(DIGEST, lists, later + timedelta(seconds=1))


def test_what_was_found_ends_with_lists_and_certificates(pki: Demonstration, hand: Hand):
    good, lists = stamper(pki), pki.crls(hand.now)
    good.stamp(DIGEST, lists, hand.now)
    for days in (31, 4000):
        with pytest.raises(TimeStampUnavailable):
            good.stamp(DIGEST, lists, hand.now + timedelta(days=days))
    with pytest.raises(TimeStampUnavailable):
        good.stamp(DIGEST, (), hand.now)
    good.stamp(DIGEST, lists, hand.now)


def test_a_seals_certificate_makes_no_stamps_whoever_stamped_before(pki: Demonstration, hand: Hand):
    authority, lists = pki.time_stamp_authority(), pki.crls(hand.now)
    credential = pki.credential(JIANGAN.organ_id)
    false = LocalTimeStampAuthority(
        certificate=credential.certificate,
        chain=credential.chain,
        keys=pki.sealing_keys,
        key_name=credential.key_name,
        clock=hand,
        serials=lambda: 1,
    )
    good = stamper(pki, authority)
    good.stamp(DIGEST, lists, hand.now)
    with pytest.raises(TimeStampUnavailable):
        stamper(pki, false).stamp(DIGEST, lists, hand.now)


@pytest.mark.parametrize("is_revoked", [True, False])
def test_one_sealer_stops_when_its_own_certificate_is_revoked_or_runs_out(
    pki: Demonstration, hand: Hand, page: bytes, is_revoked: bool
):
    sealer = pki.sealer(JIANGAN.organ_id)
    sealer.seal(page, reason="1", place=PLACE)
    if is_revoked:
        pki.revoke(JIANGAN.organ_id, since=hand.now)
    else:
        hand.now += timedelta(days=1096)
    with pytest.raises(CertificateRefused, match="is revoked" if is_revoked else "ran out"):
        sealer.seal(page, reason="1", place=PLACE)


def test_a_certificate_of_another_authority_with_the_same_names_key_and_number_seals_nothing(
    pki: Demonstration, tmp_path: Path, hand: Hand, page: bytes
):
    """What was found of the genuine one is not found of its twin."""
    genuine = pki.credential(JIANGAN.organ_id)
    pki.sealer(JIANGAN.organ_id).seal(page, reason="1", place=PLACE)
    other = create(tmp_path / "other", [JIANGAN], hand)
    read = x509.load_der_x509_certificate(genuine.certificate)
    stranger = other.authority.issuer("issuing")
    twin = (
        x509.CertificateBuilder(extensions=list(read.extensions))
        .subject_name(read.subject)
        .issuer_name(read.issuer)
        .public_key(read.public_key())
        .serial_number(read.serial_number)
        .not_valid_before(read.not_valid_before_utc)
        .not_valid_after(read.not_valid_after_utc)
    )
    forged = replace(genuine, certificate=der(twin.sign(stranger.key, hashes.SHA256())))
    sealer = PdfSealer(
        forged,
        keys=pki.sealing_keys,
        time_stamps=pki.time_stamp_authority(),
        crls=pki.crls,
        clock=hand,
    )
    with pytest.raises(CertificateRefused, match="was not made by"):
        sealer.seal(page, reason="1", place=PLACE)
