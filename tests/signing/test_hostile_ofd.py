"""No hostile OFD passes, each is stopped at its step, none raises, none takes long."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.messages import Catalogue, Language
from signing.gm.certificates import make_crl
from signing.gm.paths import Trust, read_certificate
from signing.ofd.package import pack, unpack
from signing.ofd.seal_format import SealData
from signing.ofd.sealing import SealedOfd
from signing.ofd.verification import OfdTrust
from signing.stamp_tokens import StampTrust
from signing.verdict import Outcome, SealStatus, SealVerification
from tests.signing.hostile_ofd import Hostile, hostile_files, late_stamps
from tests.signing.ofd.fixtures import sealed_ofd, world  # noqa: F401  fixtures
from tests.signing.ofd.world import PLACE, OfdWorld

MOST_SECONDS = 3.0
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def hostile(world: OfdWorld, sealed_ofd: SealedOfd) -> dict[str, Hostile]:  # noqa: F811
    return {file[0]: file for file in hostile_files(world, sealed_ofd.ofd)}


@pytest.mark.slow
def test_genuine_file_passes_every_step(world: OfdWorld, sealed_ofd: SealedOfd):  # noqa: F811
    verification = world.verify(sealed_ofd.ofd)
    assert verification.status is SealStatus.TOTAL_PASSED, verification
    assert verification.holder == world.seal.holder
    assert verification.sealed_by.seal_digest == sealed_ofd.seal_digest
    assert verification.digest == sealed_ofd.digest


@pytest.mark.slow
def test_no_hostile_file_passes_and_each_stops_at_its_step(world: OfdWorld, hostile: dict[str, Hostile]):  # noqa: F811
    assert len(hostile) >= 100
    wrong = []
    for name, file, step in hostile.values():
        started = time.perf_counter()
        verification = world.verify(file)
        seconds = time.perf_counter() - started
        stopped = next((check.code for check in verification.checks if not check.passed), "")
        if verification.status is SealStatus.TOTAL_PASSED or stopped != step or seconds > MOST_SECONDS:
            wrong.append((name, stopped, step, verification.status, round(seconds, 2)))
    assert not wrong


@pytest.mark.slow
def test_no_changed_byte_that_a_reader_sees_passes(world: OfdWorld, sealed_ofd: SealedOfd):  # noqa: F811
    """The dates in the package's directory may change: they are in no part of the document."""
    genuine = sealed_ofd.ofd
    for at in _spread(len(genuine), 120):
        changed = genuine[:at] + bytes([genuine[at] ^ 0x41]) + genuine[at + 1 :]
        passed = world.verify(changed).status is SealStatus.TOTAL_PASSED
        assert not passed or unpack(changed) == unpack(genuine), at


@pytest.mark.slow
def test_revocation_counts_from_its_date(world: OfdWorld):  # noqa: F811
    credential = world.credential()
    ofd = world.sealer(credential).seal(world.parts, place=PLACE).ofd
    serial = read_certificate(credential.certificate).serial_number

    def status(since: timedelta) -> SealStatus:
        listed = make_crl(world.authority.issuing, {serial: world.now + since}, now=world.now)
        seals = replace(world.trust.seals, crls=[world.trust.seals.crls[0], listed])
        return world.verify(ofd, trust=replace(world.trust, seals=seals)).status

    assert status(timedelta(seconds=30)) is SealStatus.TOTAL_PASSED
    assert status(-timedelta(seconds=1)) is SealStatus.TOTAL_FAILED


@pytest.mark.slow
def test_a_stolen_key_gains_nothing_by_stating_a_time_before_its_revocation(world: OfdWorld):  # noqa: F811
    """The stamp proves when; what the seal states may be as much earlier as a late stamp may be later."""
    credential = world.credential()
    serial = read_certificate(credential.certificate).serial_number
    late = late_stamps(world, world.now + timedelta(minutes=4))
    ofd = world.sealer(credential, stamps=late).seal(world.parts, place=PLACE).ofd

    def verified(since: timedelta) -> SealVerification:
        listed = make_crl(world.authority.issuing, {serial: world.now + since}, now=world.now)
        seals = replace(world.trust.seals, crls=[world.trust.seals.crls[0], listed])
        trust = replace(world.trust, seals=seals)
        return world.verify(ofd, at=world.now + timedelta(minutes=10), trust=trust)

    assert verified(timedelta(minutes=5)).status is SealStatus.TOTAL_PASSED
    told = verified(timedelta(minutes=2))
    assert (told.status, told.sub_indication) == (SealStatus.TOTAL_FAILED, "REVOKED")
    assert next(check.code for check in told.checks if not check.passed) == "time"


@pytest.mark.slow
def test_without_a_current_list_of_the_issuer_itself_nothing_is_decided(
    world: OfdWorld,  # noqa: F811
    sealed_ofd: SealedOfd,  # noqa: F811
):
    stranger = type(world.authority)(made_at=world.now)
    of_root = world.trust.seals.crls[0]
    stale = make_crl(world.authority.issuing, {}, now=world.now - timedelta(days=31))
    foreign = make_crl(stranger.issuing, {}, now=world.now)
    damaged = make_crl(world.authority.issuing, {}, now=world.now)[:-1] + b"\0"
    for lists in ([of_root], [of_root, stale], [of_root, foreign], [of_root, damaged], []):
        seals = replace(world.trust.seals, crls=lists)
        told = world.verify(sealed_ofd.ofd, trust=replace(world.trust, seals=seals))
        assert (told.status, told.sub_indication) == (SealStatus.INDETERMINATE, "TRY_LATER")


@pytest.mark.slow
def test_seal_of_a_revoked_maker_fails(world: OfdWorld):  # noqa: F811
    credential = world.credential()
    ofd = world.sealer(credential).seal(world.parts, place=PLACE).ofd
    maker = read_certificate(SealData.load(credential.seal_data)["maker"].native)
    listed = make_crl(world.authority.issuing, {maker.serial_number: world.now}, now=world.now)
    seals = replace(world.trust.seals, crls=[world.trust.seals.crls[0], listed])
    told = world.verify(ofd, trust=replace(world.trust, seals=seals))
    assert (told.status, told.sub_indication) == (SealStatus.TOTAL_FAILED, "REVOKED")


@pytest.mark.slow
def test_whole_file_is_undecided_where_there_is_no_root_and_a_changed_one_fails(
    world: OfdWorld,  # noqa: F811
    sealed_ofd: SealedOfd,  # noqa: F811
):
    nothing = OfdTrust(seals=Trust(()), stamps=StampTrust(()))
    told = world.verify(sealed_ofd.ofd, trust=nothing)
    assert (told.status, told.sub_indication) == (SealStatus.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")
    assert next(check.reason for check in told.checks if not check.passed) == "no_ofd_anchors"
    parts = unpack(sealed_ofd.ofd)
    changed = pack({**parts, "Doc_0/Res/font_0.otf": b"another font"})
    assert world.verify(changed, trust=nothing).status is SealStatus.TOTAL_FAILED


@pytest.mark.slow
def test_file_from_the_future_is_not_passed(world: OfdWorld, sealed_ofd: SealedOfd):  # noqa: F811
    verification = world.verify(sealed_ofd.ofd, at=world.now - timedelta(hours=1))
    assert verification.status is SealStatus.INDETERMINATE


@pytest.mark.slow
def test_holder_that_nobody_asks_for_is_not_passed_over(world: OfdWorld, sealed_ofd: SealedOfd):  # noqa: F811
    from signing.ofd.verification import verify_ofd

    verification = verify_ofd(sealed_ofd.ofd, trust=world.trust, at=world.now + timedelta(minutes=1))
    assert verification.status is SealStatus.TOTAL_PASSED
    assert verification.checks[-1].outcome is Outcome.NOT_ASKED


def test_every_reason_has_its_words_in_both_languages():
    catalogue = Catalogue.load()
    sources = [path.read_text() for path in (ROOT / "signing" / "ofd").glob("*.py")]
    reasons = {reason for source in sources for reason in re.findall(r'Fault\(\s*"(\w+)"', source)}
    assert len(reasons) > 10
    for reason in reasons:
        for language in Language:
            assert catalogue.text(f"seal.reason.{reason}", language) != f"seal.reason.{reason}"


def test_same_content_packs_to_the_same_bytes(world: OfdWorld):  # noqa: F811
    assert world.parts == world.parts
    parts = unpack(world.sealed().ofd)
    assert next(iter(parts)) == "OFD.xml"


def _spread(length: int, count: int) -> Iterator[int]:
    return (number * (length - 1) // (count - 1) for number in range(count))
