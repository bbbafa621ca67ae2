"""An official OFD seal: taken where all of it fits, refused in a sentence else; replaced by a new one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pem, x509

from signing.certificate_requests import make_request
from signing.certificates import DEMONSTRATION_UNIT, SEAL, subject
from signing.demonstration import Demonstration
from signing.errors import CertificateRefused, DemonstrationRefused, RevocationUnknown
from signing.expectations import Expected
from signing.gm.certificates import issue, make_crl
from signing.gm.paths import PathFault, PathRefused
from signing.keys import EncryptedKeyFolder, KeyAlgorithm
from signing.ofd.fonts import FontShelf
from signing.ofd.licensed import Delivery, OfficialSeal, check_delivery
from signing.ofd.sealing import OfdSealer, SealedOfd
from signing.ofd.shelf import SealShelf
from signing.ofd.verification import OfdTrust, verify_ofd
from signing.purposes import Purpose
from signing.seal import Seal
from signing.stamp_tokens import StampTrust
from signing.verdict import SealStatus
from tests.signing.conftest import JIANGAN, JIANGHAN, Hand
from tests.signing.ofd.fixtures import CHARACTERS
from tests.signing.ofd.official import Officials, armored
from tests.signing.ofd.world import PLACE, make_parts

KEY = "sm2-seal-jiangan-market"

pytestmark = pytest.mark.slow


@dataclass
class Office:
    """An organ's office: its keys and its shelf, with the officials it asks."""

    folder: Path
    officials: Officials
    stamps: Demonstration
    now: datetime

    def __post_init__(self) -> None:
        self.keys = EncryptedKeyFolder(self.folder / "keys", b"open sesame")
        self.shelf = SealShelf(self.folder / "ofd")

    def request(self, key: str = KEY) -> bytes:
        if not self.keys.has(key):
            self.keys.generate(key, KeyAlgorithm.SM2)
        return make_request(
            self.keys, key, organization=JIANGAN.holder, common_name="SM2", purpose=Purpose.SEAL
        )

    def delivery(self, key: str = KEY) -> Delivery:
        answer = self.officials.answer(self.request(key))
        root = self.officials.authority.root.certificate.dump()
        return Delivery(self.officials.seal(JIANGAN, answer), answer, roots=(root,))

    def check(self, delivery: Delivery, key: str = KEY, seal: Seal = JIANGAN) -> OfficialSeal:
        info = self.keys.public_key_info(key)
        return check_delivery(delivery, seal=seal, key_name=key, public_key_info=info, at=self.now)

    def keep_lists(self) -> None:
        for listed in self.officials.crls():
            self.shelf.keep_list(listed, self.now)

    def seal(self) -> SealedOfd:
        sealer = OfdSealer(
            self.shelf.credential(JIANGAN.organ_id),
            keys=self.keys,
            time_stamps=self.stamps.time_stamp_authority(),
            trust=lambda _: self.shelf.trust,
            clock=lambda: self.now,
        )
        parts = make_parts(FontShelf(self.folder / "fonts", CHARACTERS), self.now)
        return sealer.seal(parts, place=PLACE)

    def verify(self, sealed: SealedOfd) -> SealStatus:
        stamps = StampTrust(self.stamps.anchors, crls=tuple(self.stamps.crls(self.now)))
        told = verify_ofd(
            sealed.ofd,
            trust=OfdTrust(self.shelf.trust, stamps),
            at=self.now + timedelta(minutes=1),
            expected=Expected(JIANGAN.holder),
        )
        return told.status


@pytest.fixture
def office(tmp_path: Path, authority: Demonstration, clock: Hand) -> Office:
    return Office(tmp_path, Officials(tmp_path / "officials", clock.now), authority, clock.now)


def test_official_seal_is_installed_seals_and_verifies(office: Office):
    official = office.check(office.delivery())
    office.shelf.install(official)
    with pytest.raises(CertificateRefused, match="TRY_LATER"):
        office.seal()
    office.keep_lists()
    assert office.verify(office.seal()) is SealStatus.TOTAL_PASSED
    office.shelf.refuse_demonstration(JIANGAN.organ_id)


def test_new_key_needs_a_new_seal_and_what_the_old_one_sealed_stays_good(office: Office):
    office.shelf.install(office.check(office.delivery()))
    office.keep_lists()
    before = office.seal()
    office.request("later")
    with_the_old_key = office.delivery()
    with pytest.raises(CertificateRefused, match="another key"):
        office.check(with_the_old_key, key="later")
    office.shelf.install(office.check(office.delivery("later"), key="later"))
    after = office.seal()
    assert after.certificate_serial != before.certificate_serial
    assert office.verify(before) is office.verify(after) is SealStatus.TOTAL_PASSED
    assert office.shelf.organs == (JIANGAN.organ_id,)
    retired = list((office.folder / "ofd" / "retired").iterdir())
    assert [path.name.startswith(JIANGAN.organ_id) for path in retired] == [True]


def other_organ(office: Office) -> Delivery:
    answer = office.officials.answer(office.request(), organization=JIANGHAN.holder)
    return replace(office.delivery(), answer=answer, seal_data=office.officials.seal(JIANGAN, answer))


def seal_of_another_organ(office: Office) -> Delivery:
    sent = office.delivery()
    return replace(sent, seal_data=office.officials.seal(JIANGHAN, sent.answer))


def other_code(office: Office) -> Delivery:
    sent = office.delivery()
    other = replace(JIANGAN, code="4201020099999")
    return replace(sent, seal_data=office.officials.seal(other, sent.answer))


def not_listed(office: Office) -> Delivery:
    sent = office.delivery()
    return replace(sent, seal_data=office.officials.seal(JIANGAN, sent.answer, signers=[b"another"]))


def seal_ran_out(office: Office) -> Delivery:
    sent = office.delivery()
    made = office.officials.seal(JIANGAN, sent.answer, now=office.now - timedelta(days=1200))
    return replace(sent, seal_data=made)


def certificate_ran_out(office: Office) -> Delivery:
    answer = office.officials.answer(office.request(), now=office.now - timedelta(days=4000))
    return replace(office.delivery(), answer=answer, seal_data=office.officials.seal(JIANGAN, answer))


def no_picture(office: Office) -> Delivery:
    sent = office.delivery()
    return replace(sent, seal_data=office.officials.seal(JIANGAN, sent.answer, picture_png=b"%PDF-1.7"))


def made_by_the_organ(office: Office) -> Delivery:
    sent = office.delivery()
    own = x509.Certificate.load(pem.unarmor(sent.answer)[2])
    made = office.officials.seal(JIANGAN, sent.answer, maker=own, maker_key=KEY, keys=office.keys)
    return replace(sent, seal_data=made)


def forged(office: Office) -> Delivery:
    sent = office.delivery()
    at = sent.seal_data.index(b"IDAT") + 40
    return replace(sent, seal_data=sent.seal_data[:at] + b"?" + sent.seal_data[at + 1 :])


def made_by_a_stranger(office: Office) -> Delivery:
    sent = office.delivery()
    stranger = Officials(office.folder / "stranger", office.now)
    return replace(sent, seal_data=stranger.seal(JIANGAN, sent.answer))


def other_root(office: Office) -> Delivery:
    stranger = Officials(office.folder / "stranger", office.now)
    return replace(office.delivery(), roots=(stranger.authority.root.certificate.dump(),))


def without_what_is_above(office: Office) -> Delivery:
    sent = office.delivery()
    return replace(sent, answer=armored(x509.Certificate.load(pem.unarmor(sent.answer)[2])))


def no_seal(office: Office) -> Delivery:
    return replace(office.delivery(), seal_data=b"<html>payment required</html>")


def no_certificate(office: Office) -> Delivery:
    return replace(office.delivery(), answer=b"<html>payment required</html>")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (other_organ, f"certificate speaks for {JIANGHAN.holder}"),
        (seal_of_another_organ, f"seal speaks for {JIANGHAN.holder}"),
        (other_code, "has the code 4201020099999"),
        (not_listed, "does not list the certificate"),
        (seal_ran_out, "is valid from"),
        (certificate_ran_out, "EXPIRED"),
        (no_picture, "picture must be one of png"),
        (made_by_the_organ, "not one to make them with"),
        (forged, "did not sign the seal"),
        (made_by_a_stranger, "NO_CERTIFICATE_CHAIN_FOUND"),
        (other_root, "NO_CERTIFICATE_CHAIN_FOUND"),
        (without_what_is_above, "--chain"),
        (no_seal, "no seal of GB/T 38540-2020"),
        (no_certificate, "PEM, DER or PKCS#7"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    office: Office, make: Callable[[Office], Delivery], says: str
):
    delivery = make(office)
    with pytest.raises(CertificateRefused) as refused:
        office.check(delivery)
    assert says in str(refused.value)


def test_seal_of_another_size_is_refused(office: Office):
    delivery = office.delivery()
    larger = replace(JIANGAN, design=replace(JIANGAN.design, diameter_mm=JIANGAN.diameter_mm - 2))
    with pytest.raises(CertificateRefused, match="novisit seal design"):
        office.check(delivery, seal=larger)


def test_demonstration_is_refused(office: Office):
    office.request()
    holder = subject("SM2", organization=JIANGAN.holder, unit=DEMONSTRATION_UNIT)
    certificate = issue(
        SEAL,
        x509.Name.load(holder.public_bytes()),
        office.keys.sm2_private_key(KEY).public,
        issuer=office.officials.authority.issuing,
        now=office.now,
    )
    answer = armored(certificate, office.officials.authority.issuing.certificate)
    sent = replace(office.delivery(), answer=answer, seal_data=office.officials.seal(JIANGAN, answer))
    with pytest.raises(DemonstrationRefused):
        office.check(sent)


def test_revoked_certificate_is_found_by_the_lists(office: Office):
    official = office.check(office.delivery())
    serial = x509.Certificate.load(official.credential.certificate).serial_number
    official.require_unrevoked(office.officials.crls(), at=office.now)
    with pytest.raises(PathRefused) as refused:
        official.require_unrevoked(office.officials.crls({serial: office.now}), at=office.now)
    assert refused.value.fault is PathFault.REVOKED


def test_list_is_kept_where_it_counts_and_never_over_a_newer_one(office: Office):
    office.shelf.install(office.check(office.delivery()))
    issuing = office.officials.authority.issuing
    of_today = make_crl(issuing, {}, now=office.now)
    of_yesterday = make_crl(issuing, {}, now=office.now - timedelta(days=1))
    assert office.shelf.keep_list(pem.armor("X509 CRL", of_today), office.now) > office.now
    stranger = Officials(office.folder / "stranger", office.now)
    for content, says in (
        (of_yesterday, "older"),
        (make_crl(issuing, {}, now=office.now - timedelta(days=90)), "does not count today"),
        (stranger.crls()[1], "No authority"),
        (b"no list", "No authority"),
    ):
        with pytest.raises(RevocationUnknown, match=says):
            office.shelf.keep_list(content, office.now)
    assert office.shelf.trust.crls == (of_today,)
