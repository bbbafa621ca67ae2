"""The SM2 demonstration authority: made once, renewed, revoked, refused in production."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signing.demonstration import create as create_base
from signing.errors import CertificateRefused, DemonstrationRefused
from signing.expectations import Expected
from signing.keys import KeyAlgorithm
from signing.ofd.demonstration import PUBLISHED, OfdDemonstration, create
from signing.ofd.office import FOLDER
from signing.ofd.shelf import SIGNER_FILE, SealShelf
from signing.ofd.verification import verify_ofd
from signing.office import DemonstrationOffice
from signing.verdict import SealStatus
from tests.signing.conftest import JIANGAN, JIANGHAN, Hand
from tests.signing.ofd.fixtures import world  # noqa: F401  a fixture
from tests.signing.ofd.world import PLACE, OfdWorld

Made = tuple[OfdDemonstration, Path, DemonstrationOffice, Hand]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    hand = Hand(datetime(2026, 11, 23, 4, tzinfo=UTC))
    create_base(tmp_path, [], hand)
    base = DemonstrationOffice(tmp_path, hand)
    return create(tmp_path, base, [JIANGAN], hand), tmp_path, base, hand


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in (folder / FOLDER).rglob("*") if path.is_file() and path.suffix != ".crl")
    return {str(path): path.read_bytes() for path in paths}


@pytest.mark.slow
def test_organ_seals_and_the_seal_verifies_until_it_is_revoked(made: Made, world: OfdWorld):  # noqa: F811
    authority, _, _, hand = made
    sealer = authority.sealer(JIANGAN.organ_id)
    sealed = sealer.seal(world.parts, place=PLACE)

    def status(at: datetime) -> SealStatus:
        return verify_ofd(
            sealed.ofd, trust=authority.trust(at), at=at, expected=Expected(organ_id=JIANGAN.organ_id)
        ).status

    hand.now += timedelta(days=40)
    assert status(hand.now) is SealStatus.TOTAL_PASSED
    authority.revoke(JIANGAN.organ_id, since=hand.now - timedelta(days=1))
    assert status(hand.now) is SealStatus.TOTAL_PASSED
    authority.revoke(JIANGAN.organ_id, since=hand.now - timedelta(days=41))
    assert status(hand.now) is SealStatus.TOTAL_FAILED
    with pytest.raises(CertificateRefused, match="REVOKED"):
        sealer.seal(world.parts, place=PLACE)


def test_making_it_again_changes_nothing_that_is_good(made: Made):
    _, folder, base, hand = made
    before = files(folder)
    create(folder, base, [JIANGAN], hand)
    assert files(folder) == before


def test_revoked_organ_gets_a_new_key_and_seal(made: Made):
    authority, folder, base, hand = made
    old = authority.shelf.credential(JIANGAN.organ_id)
    authority.revoke(JIANGAN.organ_id, since=hand.now)
    new = create(folder, base, [JIANGAN], hand).shelf.credential(JIANGAN.organ_id)
    assert new.key_name != old.key_name
    assert new.certificate != old.certificate


def test_keys_are_sm2_and_only_in_key_stores(made: Made):
    authority, folder, base, _ = made
    credential = authority.shelf.credential(JIANGAN.organ_id)
    for name in ("sm2-root", "sm2-issuing", "seal-maker", credential.key_name):
        assert base.sealing_keys.algorithm(name) is KeyAlgorithm.SM2
    assert not any(b"PRIVATE" in content for content in files(folder).values())


def test_organ_without_a_seal_is_refused(made: Made):
    with pytest.raises(CertificateRefused, match="No OFD seal"):
        made[0].sealer(JIANGHAN.organ_id)


def test_seal_of_another_organ_put_in_place_is_refused(made: Made):
    authority, folder, base, hand = made
    create(folder, base, [JIANGAN, JIANGHAN], hand)
    seals = folder / FOLDER / "seals"
    theirs = (seals / JIANGHAN.organ_id / SIGNER_FILE).read_bytes()
    (seals / JIANGAN.organ_id / SIGNER_FILE).write_bytes(theirs)
    with pytest.raises(CertificateRefused, match="does not list"):
        authority.shelf.credential(JIANGAN.organ_id)


def test_production_refuses_it(made: Made):
    with pytest.raises(DemonstrationRefused, match="licensed authority"):
        made[0].shelf.refuse_demonstration(JIANGAN.organ_id)


def test_lists_are_renewed_before_they_run_out(made: Made):
    authority, _, _, hand = made
    before = authority.published("sm2-issuing.crl")
    assert authority.published("sm2-issuing.crl") == before
    hand.now += timedelta(days=20)
    assert authority.published("sm2-issuing.crl") != before


def test_only_what_certificates_point_at_is_published(made: Made):
    for name in PUBLISHED:
        assert made[0].published(name)
    with pytest.raises(CertificateRefused):
        made[0].published("../passphrase")


def test_empty_folder_has_no_seals(tmp_path: Path):
    assert SealShelf(tmp_path).organs == ()
