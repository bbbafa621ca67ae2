"""`novisit keys`: keys are made, rotated, limited and revoked, each in the journal, without secrets."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import crl as asn1_crl
from cryptography import x509
from typer.testing import CliRunner, Result

from api.cli.keys import app
from signing.demonstration import Demonstration, create, open_folder
from signing.errors import CertificateRefused, JournalDamaged, KeyRevoked
from signing.keys.custody import KeyCustody
from signing.ofd.demonstration import create as create_ofd
from signing.office import DemonstrationOffice
from signing.records import RecordStatus, verify_record
from signing.records.demonstration import open_record_signer, record_credential
from signing.seal import SealedPdf
from signing.verdict import SealStatus
from signing.verification import verify_pdf
from tests.signers import PASSPHRASE, make_custody
from tests.signing.conftest import JIANGAN, PLACE, Hand, make_page

Run = Callable[..., Result]


def now() -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of keys with its passphrase, as the signer's user has it."""
    folder = tmp_path / "data" / "signer"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "passphrase").touch(mode=0o600)
    (folder / "passphrase").write_bytes(PASSPHRASE + b"\n")
    monkeypatch.setenv("NOVISIT_DATA_DIR", str(tmp_path / "data"))
    return folder


@pytest.fixture
def run(place: Path) -> Run:
    def go(*arguments: str, **given: str) -> Result:
        done = CliRunner().invoke(app, list(arguments), **given)  # type: ignore[arg-type]  # only text is given
        assert PASSPHRASE.decode() not in done.output
        return done

    return go


def listed(run: Run) -> dict[str, dict[str, object]]:
    return {key["name"]: key for key in json.loads(run("list", "--json").output)["keys"]}


def test_first_key_bears_the_name_of_its_purpose_and_signs(run: Run, place: Path):
    assert run("generate", "seal-organ").exit_code == 0
    custody = make_custody(place, now)
    assert custody.sign("seal-organ", b"attributes")
    shown = listed(run)["seal-organ"]
    assert (shown["algorithm"], shown["uses"], shown["is_current"]) == ("ecdsa-p256-sha256", 1, True)
    assert (place / "keys" / "seal-organ.key").stat().st_mode & 0o077 == 0


def test_national_seals_get_sm2_keys(run: Run):
    run("generate", "sm2-seal-organ")
    run("generate", "seal-maker", "--algorithm", "sm2-sm3")
    assert {key["algorithm"] for key in listed(run).values()} == {"sm2-sm3"}


def test_second_key_of_a_purpose_is_a_rotation(run: Run):
    run("generate", "log")
    refused = run("generate", "log")
    assert refused.exit_code == 2
    assert "rotate" in refused.output
    made = json.loads(run("rotate", "log", "--since", "2099-01-01", "--json").output)
    assert made["since"] == "2098-12-31T16:00:00+00:00"
    keys = listed(run)
    assert (keys["log"]["is_current"], keys[made["name"]]["is_current"]) == (True, False)


def test_rotation_without_a_first_key_is_told(run: Run):
    done = run("rotate", "log")
    assert done.exit_code == 69
    assert "No key is in force for log" in done.output


def test_limit_is_set_shown_and_taken_back(run: Run, place: Path):
    run("generate", "log")
    run("limit", "log", "10")
    custody = make_custody(place, now)
    for _ in range(9):
        custody.sign("log", b"head")
    warned = run("usage", "log")
    assert (warned.exit_code, warned.output) == (1, "log\t9 / 10\n")
    run("limit", "log", "--", "-1")
    assert (run("usage").exit_code, listed(run)["log"]["limit"]) == (0, None)


def test_revoked_key_stops_at_its_date(run: Run, place: Path):
    run("generate", "log")
    done = run("revoke", "log", "--reason", "key_compromise", "--since", "2020-01-01")
    assert "by the authority that issued it" in done.output
    with pytest.raises(KeyRevoked):
        make_custody(place, now).sign("log", b"head")
    assert listed(run)["log"]["reason"] == "key_compromise"
    again = run("revoke", "log", "--reason", "superseded")
    assert again.exit_code == 69
    assert "is revoked since" in again.output


def test_everything_stands_in_the_journal_without_secrets(run: Run, place: Path):
    run("generate", "log")
    run("limit", "log", "5")
    run("revoke", "log", "--reason", "superseded")
    lines = [json.loads(line) for line in run("log", "--json").output.splitlines()]
    assert [(line["event"], line["key"]) for line in lines] == [
        ("generated", "log"),
        ("limited", "log"),
        ("revoked", "log"),
    ]
    assert all(line["by"] for line in lines)
    assert PASSPHRASE not in (place / "keys.log").read_bytes()
    assert "generated" in run("log").output


def test_changed_journal_is_told_and_no_key_signs(run: Run, place: Path):
    run("generate", "log")
    run("generate", "records")
    journal = place / "keys.log"
    journal.write_bytes(journal.read_bytes().replace(b'"since": "20', b'"since": "19', 1))
    for command in ("log", "list", "usage"):
        done = run(command)
        assert done.exit_code == 69
        assert "Line 2" in done.output
    with pytest.raises(JournalDamaged):
        make_custody(place, now).sign("records", b"record")


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda folder: folder.chmod(0o750), "chmod 700"),
        (lambda folder: (folder / "passphrase").chmod(0o640), "chmod 600"),
        (lambda folder: (folder / "passphrase").unlink(), "passphrase file cannot be read"),
        (lambda folder: (folder / "passphrase").write_bytes(b"\n"), "passphrase file is empty"),
    ],
)
def test_keys_that_others_could_read_are_not_used(
    run: Run, place: Path, spoil: Callable[[Path], object], text: str
):
    spoil(place)
    done = run("generate", "log")
    assert (done.exit_code, text in done.output) == (69, True), done.output
    assert not (place / "keys.log").exists()


def test_new_key_under_another_passphrase_is_refused(run: Run, place: Path):
    run("generate", "log")
    done = run("rotate", "log", "--prompt", input="another\n")
    assert done.exit_code == 69
    assert "does not open the key log" in done.output
    assert list(listed(run)) == ["log"]


def test_passphrase_may_be_asked_for_and_is_not_shown(run: Run, place: Path):
    (place / "passphrase").unlink()
    done = run("generate", "log", "--prompt", input=f"{PASSPHRASE.decode()}\n")
    assert done.exit_code == 0, done.output
    assert make_custody(place, now).sign("log", b"head")


def test_key_made_elsewhere_is_adopted(run: Run, place: Path):
    make_custody(place, now)._keys.generate("brought")
    assert run("adopt", "brought", "--purpose", "records").exit_code == 0
    assert listed(run)["brought"]["purpose"] == "records"


def test_no_date_is_told_with_an_example(run: Run):
    done = run("generate", "log", "--since", "tomorrow")
    assert done.exit_code == 2
    assert "2026-06-01" in done.output


@pytest.fixture
def office(place: Path) -> Demonstration:
    """A demonstration whose seals are signed by keys in custody."""
    return create(place.parent / "seals", [JIANGAN], now, sealing_keys=make_custody(place, now))


def reopened(office: Demonstration, place: Path, hand: Hand) -> Demonstration:
    return open_folder(place.parent / "seals", hand, make_custody(place, hand))


def seal(office: Demonstration, page: bytes) -> SealedPdf:
    return office.sealer(JIANGAN.organ_id).seal(page, reason="1", place=PLACE)


def test_rotated_seal_switches_at_its_date_and_old_papers_stay_good(
    run: Run, office: Demonstration, place: Path, tmp_path: Path
):
    page, hand = make_page(tmp_path), Hand(now())
    before = seal(office, page)
    since = hand.now + timedelta(days=3)
    assert run("rotate", f"seal-{JIANGAN.organ_id}", "--since", since.isoformat()).exit_code == 0
    hand.now = since - timedelta(seconds=1)
    assert seal(reopened(office, place, hand), page).certificate_serial == before.certificate_serial
    hand.now = since
    later = reopened(office, place, hand)
    after = seal(later, page)
    assert after.certificate_serial != before.certificate_serial
    for sealed in (before, after):
        found = verify_pdf(sealed.pdf, anchors=later.anchors, at=hand.now, crls=later.crls(hand.now))
        assert found.status is SealStatus.TOTAL_PASSED


def test_revocation_is_published_and_splits_papers_at_its_date(
    run: Run, office: Demonstration, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    page, hand = make_page(tmp_path), Hand(now() + timedelta(minutes=1))
    before = seal(office, page)
    key = office.credential(JIANGAN.organ_id).key_name
    since = hand.now + timedelta(hours=1)
    # Who stole the key seals on by lists of before; the service itself is stopped by the signer.
    thief = open_folder(place.parent / "seals", hand, make_custody(place, lambda: since - timedelta(hours=1)))
    stale = thief.crls(hand.now)
    done = run("revoke", key, "--reason", "key_compromise", "--since", since.isoformat())
    assert "published anew" in done.output
    hand.now = since + timedelta(minutes=1)
    office_later = reopened(office, place, hand)
    entry = x509.load_der_x509_crl(office_later.published("issuing.crl"))
    serial = int(before.certificate_serial, 16)
    revoked = entry.get_revoked_certificate_by_serial_number(serial)
    assert revoked is not None
    assert revoked.revocation_date_utc == since
    with pytest.raises((CertificateRefused, KeyRevoked)):
        seal(office_later, page)
    # Keeps the lists of yesterday.
    monkeypatch.setattr(thief, "crls", lambda _: stale)
    after = seal(thief, page)

    def status(sealed: SealedPdf) -> SealStatus:
        return verify_pdf(
            sealed.pdf,
            anchors=office_later.anchors,
            at=hand.now + timedelta(minutes=1),
            crls=office_later.crls(hand.now),
        ).status

    assert status(before) is SealStatus.TOTAL_PASSED
    assert status(after) is not SealStatus.TOTAL_PASSED


def test_custody_is_what_the_commands_share(run: Run, place: Path):
    custody: KeyCustody = make_custody(place, now)
    run("generate", "log")
    assert custody.current("log") == "log"
    run("limit", "log", "1")
    custody.sign("log", b"head")
    assert listed(run)["log"]["uses"] == 1


def test_rotated_key_of_evidence_signs_from_its_date_and_old_records_stay_good(
    run: Run, office: Demonstration, place: Path
):
    hand = Hand(now())
    certificates = []
    for days in (0, 3):
        hand.now += timedelta(days=days)
        opened = reopened(office, place, hand)
        signer = open_record_signer(place.parent / "seals", hand, opened.sealing_keys)
        signed = signer.sign(b'{"format": "test"}')
        certificates.append(record_credential(opened).certificate)
        found = verify_record(signed, anchors=opened.anchors, at=hand.now, crls=opened.crls(hand.now))
        assert found.status is RecordStatus.HOLDS
        run("rotate", "records", "--since", (hand.now + timedelta(days=2)).isoformat())
    assert certificates[0] != certificates[1]


def test_revoked_sm2_key_is_on_the_list_of_its_authority(run: Run, office: Demonstration, place: Path):
    folder, custody = place.parent / "seals", make_custody(place, now)
    base = DemonstrationOffice(folder, now, custody)
    ofd = create_ofd(folder, base, [JIANGAN], now, base_url="http://127.0.0.1:8000")
    key = ofd.shelf.credential(JIANGAN.organ_id).key_name
    before = asn1_crl.CertificateList.load(ofd.published("sm2-issuing.crl"))
    assert before["tbs_cert_list"]["revoked_certificates"].native is None
    assert "published anew" in run("revoke", key, "--reason", "superseded").output
    after = asn1_crl.CertificateList.load(ofd.published("sm2-issuing.crl"))
    assert len(after["tbs_cert_list"]["revoked_certificates"]) == 1
    with pytest.raises(KeyRevoked):
        custody.sign(key, b"attributes")
