"""A real signer on a real socket, and those who should not get through."""

import errno
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import keys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from signing.errors import KeyExhausted, KeyMissing, KeyRevoked, KeyUnavailable, SignerAway, SignerUnsafe
from signing.gm.sm2 import Sm2PublicKey
from signing.keys import KeyAlgorithm
from signing.keys.custody import KeyCustody
from signing.keys.journal import RevocationReason
from signing.signer.client import SignerKeyStore
from signing.signer.messages import LARGEST_FRAME, Answer, Operation, Refusal, Request
from signing.signer.patience import MOST_FAULTS, Patience
from signing.signer.server import SignerServer
from tests.signers import make_custody, running
from tests.signing.conftest import Hand

OWN = os.geteuid()
STRANGER = OWN + 1
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def hand() -> Hand:
    return Hand(START)


@pytest.fixture
def store(tmp_path: Path, hand: Hand) -> KeyCustody:
    custody = make_custody(tmp_path / "signer", hand)
    custody.generate("seal")
    return custody


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "socket"


@pytest.fixture
def server(store: KeyCustody, path: Path) -> Iterator[SignerServer]:
    with running(SignerServer(store, path, allowed_uids={OWN}, makes_keys=True)) as server:
        yield server


@pytest.fixture
def client(server: SignerServer, path: Path) -> Iterator[SignerKeyStore]:
    client = SignerKeyStore(path, signer_uid=OWN)
    yield client
    client.close()


def test_signature_comes_back_and_the_key_does_not(client: SignerKeyStore, store: KeyCustody):
    signature = client.sign("seal", b"attributes")
    client.public_key("seal").verify(signature, b"attributes", ec.ECDSA(hashes.SHA256()))
    assert client.public_key("seal") == store.public_key("seal")
    assert not hasattr(client, "private_key")


def test_sm2_key_signs_through_the_socket(client: SignerKeyStore, store: KeyCustody):
    store.generate("national", KeyAlgorithm.SM2)
    public = Sm2PublicKey.from_info(keys.PublicKeyInfo.load(client.public_key_info("national")))
    assert public.verifies(b"attributes", client.sign("national", b"attributes"))
    with pytest.raises(KeyUnavailable):
        client.public_key("national")


def test_refusals_keep_their_kind(client: SignerKeyStore):
    with pytest.raises(KeyMissing):
        client.sign("absent", b"attributes")
    assert client.sign("seal", b"the connection lives on")


def test_whole_document_is_not_taken(client: SignerKeyStore):
    with pytest.raises(KeyUnavailable, match="no whole documents"):
        client.sign("seal", bytes(LARGEST_FRAME))


def test_user_who_is_not_named_gets_no_answer_and_is_logged(
    store: KeyCustody, path: Path, caplog: pytest.LogCaptureFixture
):
    with running(SignerServer(store, path, allowed_uids={STRANGER})), pytest.raises(SignerAway):
        SignerKeyStore(path).sign("seal", b"attributes")
    refused = next(item for item in caplog.records if item.getMessage() == "the signer refused a user")
    assert vars(refused)["uid"] == OWN


@pytest.mark.usefixtures("server")
def test_signer_of_another_user_is_not_trusted(path: Path):
    with pytest.raises(KeyUnavailable, match="Another user"):
        SignerKeyStore(path, signer_uid=STRANGER).sign("seal", b"attributes")


def test_signer_that_is_not_there_is_named(path: Path):
    with pytest.raises(KeyUnavailable, match="novisit signer"):
        SignerKeyStore(path).sign("seal", b"attributes")


def test_client_finds_a_signer_that_was_started_again(
    client: SignerKeyStore, store: KeyCustody, path: Path, server: SignerServer
):
    client.sign("seal", b"before")
    server.stop()
    with pytest.raises(SignerAway):
        client.sign("seal", b"meanwhile")
    with running(SignerServer(store, path, allowed_uids={OWN})):
        assert client.sign("seal", b"after")


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "sent",
    [
        struct.pack(">I", 5) + b"hello",
        struct.pack(">I", LARGEST_FRAME + 1),
        struct.pack(">I", 2) + b"[]",
        struct.pack(">I", 55) + b'{"operation": "private-key", "key": "seal", "data": ""}',
        struct.pack(">I", 20_000) + b"[" * 20_000,
        b"\0",
    ],
)
def test_what_is_no_request_is_refused_and_harms_nobody(path: Path, sent: bytes):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(path))
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = connection.recv(1000)
    assert received == b"" or Answer.load(received[4:]).refusal is Refusal.MALFORMED
    with closing(SignerKeyStore(path)) as client:
        assert client.sign("seal", b"attributes")


@pytest.mark.usefixtures("server")
def test_second_signer_does_not_take_the_place_of_a_living_one(store: KeyCustody, path: Path):
    with pytest.raises(SignerUnsafe, match="already answers"):
        SignerServer(store, path, allowed_uids={OWN})


def test_folder_that_others_write_to_is_refused(store: KeyCustody, path: Path):
    path.parent.chmod(0o770)
    with pytest.raises(SignerUnsafe, match="writable by no other"):
        SignerServer(store, path, allowed_uids={OWN})


def test_signer_serves_somebody(store: KeyCustody, path: Path):
    with pytest.raises(SignerUnsafe):
        SignerServer(store, path, allowed_uids=())


def test_socket_is_closed_to_others(server: SignerServer, path: Path):
    assert path.stat().st_mode & 0o007 == 0


@pytest.mark.usefixtures("server")
def test_many_at_once_get_their_own_signatures(path: Path):
    found: list[bytes] = []

    def ask(number: int) -> None:
        client = SignerKeyStore(path)
        data = str(number).encode()
        client.public_key("seal").verify(client.sign("seal", data), data, ec.ECDSA(hashes.SHA256()))
        found.append(data)
        client.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(set(found)) == 16


@pytest.mark.parametrize(
    "message", [Request(Operation.SIGN, "seal", b"\0\xff"), Request(Operation.ALGORITHM, "印")]
)
def test_request_survives_the_wire(message: Request):
    assert Request.load(message.dump()) == message


def test_socket_may_lie_deeper_than_the_kernel_names_sockets(store: KeyCustody, tmp_path: Path):
    path = tmp_path / ("d" * 120) / "signer.sock"
    path.parent.mkdir()
    with running(SignerServer(store, path, allowed_uids={OWN})), closing(SignerKeyStore(path)) as client:
        assert client.sign("seal", b"attributes")
    assert not path.exists()


def test_revoked_and_exhausted_keys_say_so(client: SignerKeyStore, store: KeyCustody, hand: Hand):
    store.set_limit("seal", 1, by="test")
    assert client.sign("seal", b"one")
    with pytest.raises(KeyExhausted, match="key seal"):
        client.sign("seal", b"two")
    store.revoke("seal", since=hand.now, reason=RevocationReason.SUPERSEDED, by="test")
    with pytest.raises(KeyRevoked, match="key seal"):
        client.sign("seal", b"three")
    assert client.public_key_info("seal") == store.public_key_info("seal")


def test_key_in_force_changes_at_its_date(client: SignerKeyStore, store: KeyCustody, hand: Hand):
    successor = store.make(
        "seal", algorithm=KeyAlgorithm.P256, since=hand.now + timedelta(days=7), by="test"
    ).name
    assert client.current("seal") == "seal"
    hand.now += timedelta(days=7)
    assert client.current("seal") == successor
    assert client.sign("seal", b"the old one signs until it is revoked")
    with pytest.raises(KeyMissing):
        client.current("nothing")


def test_status_tells_uses_and_limits_and_no_secret(client: SignerKeyStore, store: KeyCustody):
    client.sign("seal", b"one")
    store.set_limit("seal", 10, by="test")
    status = client.status()
    (state,) = status.keys
    assert (status.uid, state.uses, state.record.limit, state.is_current) == (OWN, 1, 10, True)
    assert state.record == store.record("seal")


def test_demonstration_makes_keys_on_request(client: SignerKeyStore, store: KeyCustody):
    client.generate("sm2-seal-organ-1234abcd", KeyAlgorithm.SM2)
    assert client.algorithm("sm2-seal-organ-1234abcd") is KeyAlgorithm.SM2
    assert store.record("sm2-seal-organ-1234abcd").purpose == "sm2-seal-organ"
    with pytest.raises(KeyUnavailable):
        client.generate("seal")


def test_other_signers_make_no_keys_for_the_service(store: KeyCustody, path: Path):
    with (
        running(SignerServer(store, path, allowed_uids={OWN})),
        closing(SignerKeyStore(path)) as client,
        pytest.raises(KeyUnavailable, match="novisit keys generate"),
    ):
        client.generate("another")
    assert not store.has("another")


def test_second_signer_of_the_same_keys_is_refused_elsewhere_too(
    server: SignerServer, store: KeyCustody, tmp_path: Path, hand: Hand
):
    other = make_custody(tmp_path / "signer", hand)
    with pytest.raises(SignerUnsafe, match="counts the uses"):
        SignerServer(other, tmp_path / "another", allowed_uids={OWN})
    assert not (tmp_path / "another").exists()


def test_wrong_requests_are_slowed_down_and_right_ones_are_not():
    now = 0.0
    patience = Patience(lambda: now)
    assert [patience.penalty_seconds(7) for _ in range(MOST_FAULTS)] == [0.0] * MOST_FAULTS
    assert patience.penalty_seconds(7) == 1.0
    assert patience.penalty_seconds(8) == 0.0
    now = 61.0
    assert patience.penalty_seconds(7) == 0.0


def test_trying_names_of_keys_becomes_slow_while_the_service_goes_on(
    server: SignerServer, path: Path, caplog: pytest.LogCaptureFixture
):
    with closing(SignerKeyStore(path)) as guesser, closing(SignerKeyStore(path)) as client:
        for number in range(MOST_FAULTS):
            assert not guesser.has(f"guess-{number}")
        started = time.monotonic()
        assert not guesser.has("one-more")
        assert time.monotonic() - started >= 1
        started = time.monotonic()
        assert client.sign("seal", b"attributes")
        assert time.monotonic() - started < 0.9
    assert any("slows down" in item.getMessage() for item in caplog.records)


def frame(message: bytes) -> bytes:
    return struct.pack(">I", len(message)) + message


def drip(connection: socket.socket, content: bytes) -> None:
    for byte in content:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def test_a_request_dripped_in_byte_by_byte_ends_and_holds_no_place(
    store: KeyCustody, path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("signing.signer.server.FRAME_SECONDS", 0.3)
    monkeypatch.setattr("signing.signer.server.MOST_CONNECTIONS", 1)
    with (
        running(SignerServer(store, path, allowed_uids={OWN})),
        closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as slow,
    ):
        slow.connect(str(path))
        whole = frame(Request(Operation.SIGN, "seal", b"attributes").dump())
        began = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT011  the other side hung up, in one of the ways there are
            drip(slow, whole[:-1])
        assert time.monotonic() - began < 3
        assert signed_soon(path)


def test_an_answer_that_nobody_takes_ends_and_holds_no_place(
    store: KeyCustody, path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("signing.signer.server.FRAME_SECONDS", 0.3)
    monkeypatch.setattr("signing.signer.server.MOST_CONNECTIONS", 1)
    with (
        running(SignerServer(store, path, allowed_uids={OWN})),
        closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as deaf,
    ):
        deaf.settimeout(5)
        deaf.connect(str(path))
        asked = frame(Request(Operation.PUBLIC_KEY, "seal").dump())
        with pytest.raises(OSError):  # noqa: PT011  as above
            deaf.sendall(asked * 100_000)
        assert signed_soon(path)


def signed_soon(path: Path) -> bytes:
    """Sign by a connection of one's own; the place of the one before is free a moment after it was closed."""
    ends = time.monotonic() + 10
    while True:
        with closing(SignerKeyStore(path)) as other:
            try:
                return other.sign("seal", b"attributes")
            except SignerAway:
                if time.monotonic() > ends:
                    raise
        time.sleep(0.05)


class Short:
    """A listener of a system that is short of files, for the first time it is asked."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._failed = False

    def accept(self) -> object:
        if not self._failed:
            self._failed = True
            raise OSError(errno.EMFILE, "Too many open files")
        return self._listener.accept()

    def __getattr__(self, name: str) -> object:
        return getattr(self._listener, name)


def test_a_signer_short_of_files_goes_on(store: KeyCustody, path: Path, caplog: pytest.LogCaptureFixture):
    server = SignerServer(store, path, allowed_uids={OWN})
    server._listener = Short(server._listener)  # type: ignore[assignment]  # it is asked for the same
    with running(server), closing(SignerKeyStore(path)) as client:
        assert client.sign("seal", b"attributes")
    assert "could let nobody in" in caplog.text
