from datetime import timedelta

import pytest
from asn1crypto import pem

from signing.errors import AnchorsUnreadable
from signing.expectations import Expected
from signing.ofd.sealing import SealedOfd
from signing.ofd.trust_files import read_trust, write_trust
from signing.ofd.verification import verify_ofd
from signing.verdict import SealStatus
from tests.signing.ofd.fixtures import sealed_ofd, world  # noqa: F401  fixtures
from tests.signing.ofd.world import OfdWorld


def test_trust_survives_its_file(world: OfdWorld):  # noqa: F811
    read = read_trust(write_trust(world.trust))
    assert read_trust(write_trust(read)) == read
    assert (len(read.seals.roots), len(read.seals.intermediates), len(read.seals.crls)) == (1, 1, 2)
    assert (len(read.stamps.roots), len(read.stamps.intermediates), len(read.stamps.crls)) == (1, 1, 2)


@pytest.mark.slow
def test_file_verifies_by_what_was_written(world: OfdWorld, sealed_ofd: SealedOfd):  # noqa: F811
    at = world.now + timedelta(minutes=1)
    trust = read_trust(write_trust(world.trust))
    expected = Expected(world.seal.holder, world.seal.organ_id)
    assert verify_ofd(sealed_ofd.ofd, trust=trust, at=at, expected=expected).status is SealStatus.TOTAL_PASSED


@pytest.mark.slow
def test_certificate_between_is_not_trusted_for_being_there(world: OfdWorld, sealed_ofd: SealedOfd):  # noqa: F811
    """Of another authority stands the root; of the seal's own the file has only the certificate between."""
    stranger = type(world.authority)(made_at=world.now)
    written = write_trust(world.trust)
    own_root = pem.armor("CERTIFICATE", world.authority.root.certificate.dump())
    trust = read_trust(written.replace(own_root, pem.armor("CERTIFICATE", stranger.root.certificate.dump())))
    told = verify_ofd(sealed_ofd.ofd, trust=trust, at=world.now + timedelta(minutes=1))
    assert told.status is SealStatus.INDETERMINATE
    assert told.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


def test_file_without_either_root_is_refused(world: OfdWorld):  # noqa: F811
    root = pem.armor("CERTIFICATE", world.authority.root.certificate.dump())
    for content in (b"", b"no certificate", root, pem.armor("CERTIFICATE", world.stamps.anchors[0])):
        with pytest.raises(AnchorsUnreadable):
            read_trust(content)
