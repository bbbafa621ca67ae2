"""Seals of a licensed authority: imported, sealed with, verified, replaced; lists fetched and kept."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from signing.certificate_answers import check_answer
from signing.certificate_requests import make_request
from signing.errors import CertificateRefused, RevocationUnknown, TimeStampUnavailable
from signing.keys import EncryptedKeyFolder
from signing.licensed import LicensedSeals
from signing.purposes import Purpose
from signing.revocation_lists import RETRY_SECONDS, RevocationLists
from tests.signing.conftest import JIANGAN, Hand
from tests.signing.licensed import LicensedAuthority

KEY = "seal-jiangan-market"


class ListServer(ThreadingHTTPServer):
    """Gives out lists; counts who asks."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lists: dict[str, bytes] = {}
        self.asked = 0

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


class _Handler(BaseHTTPRequestHandler):
    server: ListServer

    def do_GET(self) -> None:
        self.server.asked += 1
        content = self.server.lists.get(self.path.strip("/"))
        self.send_response(200 if content is not None else 404)
        self.send_header("content-length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[ListServer]:
    made = ListServer()
    thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join(10)


@pytest.fixture
def licensed(started: datetime, server: ListServer) -> LicensedAuthority:
    made = LicensedAuthority(started)
    server.lists = dict(zip(("root.crl", "issuing.crl"), made.crls(), strict=True))
    return made


class World:
    """A folder of licensed seals over real keys and a real server of lists."""

    def __init__(self, folder: Path, server: ListServer, hand: Hand) -> None:
        self.hand = hand
        self.failed: list[str] = []
        self.seconds = 0.0
        self.keys = EncryptedKeyFolder(folder / "keys", b"open sesame")
        self.lists = RevocationLists(
            folder / "crls",
            [server.url("root.crl"), server.url("issuing.crl")],
            on_failure=lambda host, why: self.failed.append(f"{host}: {why}"),
            authorities=lambda: self.seals.authorities,
            monotonic=lambda: self.seconds,
        )
        self.seals = LicensedSeals(folder, keys=self.keys, lists=self.lists, time_stamps=None, clock=hand)

    def import_seal(self, licensed: LicensedAuthority, key: str = KEY) -> None:
        self.keys.generate(key)
        request = make_request(
            self.keys, key, organization=JIANGAN.holder, common_name="seal", purpose=Purpose.SEAL
        )
        info = self.keys.public_key_info(key)
        path = check_answer(licensed.answer(request), seal=JIANGAN, public_key_info=info, at=self.hand.now)
        self.seals.install_seal(JIANGAN, key, path)


@pytest.fixture
def world(tmp_path: Path, server: ListServer, started: datetime) -> World:
    return World(tmp_path / "seals", server, Hand(started))


def test_imported_seal_is_read_back_as_it_was(world: World, licensed: LicensedAuthority):
    world.import_seal(licensed)
    credential = world.seals.credential(JIANGAN.organ_id)
    assert (credential.seal, credential.key_name, credential.root) == (JIANGAN, KEY, licensed.anchor)
    assert world.seals.seals == (JIANGAN,)
    assert world.seals.anchors == (licensed.anchor,)


def test_new_import_retires_the_old_one_and_its_root_stays_trusted(
    world: World, licensed: LicensedAuthority, started: datetime
):
    world.import_seal(licensed)
    newer = LicensedAuthority(started, name="Newer CA")
    world.import_seal(newer, key="seal-jiangan-market-2")
    assert world.seals.credential(JIANGAN.organ_id).root == newer.anchor
    assert set(world.seals.anchors) == {licensed.anchor, newer.anchor}


@pytest.mark.parametrize("organ_id", ["absent", "../records", ""])
def test_organ_without_a_seal_is_refused(world: World, organ_id: str):
    with pytest.raises(CertificateRefused, match="No seal was imported"):
        world.seals.credential(organ_id)


def test_empty_folder_is_not_ready_and_says_what_to_do(world: World):
    with pytest.raises(CertificateRefused, match="novisit certificates import"):
        world.seals.check()
    with pytest.raises(CertificateRefused, match="import-evidence"):
        world.seals.record_credential()


def test_without_a_time_stamp_authority_it_is_not_ready(world: World, licensed: LicensedAuthority):
    world.import_seal(licensed)
    with pytest.raises(TimeStampUnavailable, match="NOVISIT_TIME_STAMPS"):
        world.seals.check()


def test_lists_are_fetched_once_and_again_when_half_their_life_is_over(
    world: World, licensed: LicensedAuthority, server: ListServer, started: datetime
):
    assert set(world.seals.crls(started)) == set(server.lists.values())
    world.seals.crls(started + timedelta(days=14))
    assert server.asked == 2
    later = started + timedelta(days=16)
    server.lists = dict(zip(("root.crl", "issuing.crl"), licensed.crls(later), strict=True))
    assert set(world.seals.crls(later)) == set(server.lists.values())
    assert (server.asked, world.failed) == (4, [])


def test_kept_lists_count_until_they_run_out_when_nobody_answers(
    world: World, licensed: LicensedAuthority, server: ListServer, started: datetime
):
    world.seals.crls(started)
    server.lists = {}
    assert len(world.seals.crls(started + timedelta(days=29))) == 2
    assert world.failed == ["127.0.0.1: It answered HTTP 404."] * 2
    world.seals.crls(started + timedelta(days=29))
    assert server.asked == 4
    world.seconds += RETRY_SECONDS
    assert world.seals.crls(started + timedelta(days=31)) == ()
    assert server.asked == 6


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x30\x03\x02\x01\x05"])
def test_what_is_no_list_is_not_kept(
    world: World, licensed: LicensedAuthority, server: ListServer, started: datetime, content: bytes
):
    server.lists["issuing.crl"] = content
    assert world.seals.crls(started) == (server.lists["root.crl"],)
    assert world.failed == ["127.0.0.1: This is no revocation list (PEM or DER)."]


def test_older_list_never_replaces_a_newer_one(
    world: World, licensed: LicensedAuthority, server: ListServer, started: datetime
):
    licensed.revoked[7] = started
    now = started + timedelta(days=20)
    server.lists = dict(zip(("root.crl", "issuing.crl"), licensed.crls(), strict=True))
    kept = set(world.seals.crls(started))
    older = licensed.crls(started - timedelta(days=5))
    server.lists = dict(zip(("root.crl", "issuing.crl"), older, strict=True))
    assert set(world.seals.crls(now)) == kept
    assert "older" in world.failed[0]


def test_list_that_somebody_forged_on_the_way_never_takes_the_place_of_a_true_one(
    world: World, licensed: LicensedAuthority, server: ListServer, started: datetime
):
    world.import_seal(licensed)
    licensed.revoked[7] = started
    server.lists = dict(zip(("root.crl", "issuing.crl"), licensed.crls(), strict=True))
    true = set(world.seals.crls(started))
    # The same names, later, and nobody revoked.
    forged = LicensedAuthority(started).crls(started + timedelta(days=20))
    server.lists = dict(zip(("root.crl", "issuing.crl"), forged, strict=True))
    assert set(world.seals.crls(started + timedelta(days=20))) == true
    assert world.failed == ["127.0.0.1: The authority that the list names did not sign it."] * 2
    world.hand.now = started + timedelta(days=20)
    with pytest.raises(RevocationUnknown, match="did not sign"):
        world.seals.keep_list(forged[1])


def test_what_a_list_revoked_is_not_forgotten_when_no_newer_one_comes(
    world: World, licensed: LicensedAuthority, server: ListServer, started: datetime
):
    """Nothing is sealed without a current list; but a verifier still knows what it was told."""
    licensed.revoked[7] = started
    server.lists = dict(zip(("root.crl", "issuing.crl"), licensed.crls(), strict=True))
    known = world.seals.crls(started)
    server.lists = {}
    assert world.seals.crls(started + timedelta(days=31)) == ()
    assert world.seals.revocations(started + timedelta(days=31)) == known


def test_list_brought_by_hand_counts(world: World, licensed: LicensedAuthority, started: datetime):
    lists = RevocationLists(world.seals._folder / "crls", [], on_failure=lambda *_: None)
    brought = licensed.crls()
    for content in brought:
        lists.add(content, started)
    assert set(lists.current(started)) == set(brought)
    for bad in (b"nonsense", licensed.crls(started - timedelta(days=40))[0]):
        with pytest.raises(RevocationUnknown):
            lists.add(bad, started)
