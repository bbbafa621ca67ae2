"""A real signer on a real socket, and those who should not get through."""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from asn1crypto import keys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from signing.errors import KeyMissing, KeyUnavailable, SignerUnsafe
from signing.gm.sm2 import Sm2PublicKey
from signing.keys import EncryptedKeyFolder, KeyAlgorithm
from signing.signer.client import SignerKeyStore
from signing.signer.messages import LARGEST_FRAME, Answer, Operation, Refusal, Request
from signing.signer.server import SignerServer

OWN = os.geteuid()
STRANGER = OWN + 1


@pytest.fixture
def store(tmp_path: Path) -> EncryptedKeyFolder:
    keys_ = EncryptedKeyFolder(tmp_path / "keys", b"correct horse")
    keys_.generate("seal")
    return keys_


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s") / "signer"


@pytest.fixture
def server(store: EncryptedKeyFolder, path: Path) -> Iterator[SignerServer]:
    server = SignerServer(store, path, allowed_uids={OWN})
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield server
    server.stop()
    thread.join(5)
    assert not thread.is_alive()


@pytest.fixture
def client(server: SignerServer, path: Path) -> Iterator[SignerKeyStore]:
    client = SignerKeyStore(path, signer_uid=OWN)
    yield client
    client.close()


def test_signature_comes_back_and_the_key_does_not(client: SignerKeyStore, store: EncryptedKeyFolder):
    signature = client.sign("seal", b"attributes")
    client.public_key("seal").verify(signature, b"attributes", ec.ECDSA(hashes.SHA256()))
    assert client.public_key("seal") == store.public_key("seal")
    assert not hasattr(client, "private_key")


def test_sm2_key_signs_through_the_socket(client: SignerKeyStore, store: EncryptedKeyFolder):
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


def test_user_who_is_not_named_gets_no_answer(store: EncryptedKeyFolder, path: Path):
    server = SignerServer(store, path, allowed_uids={STRANGER})
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        with pytest.raises(KeyUnavailable):
            SignerKeyStore(path).sign("seal", b"attributes")
    finally:
        server.stop()
        thread.join(5)


@pytest.mark.usefixtures("server")
def test_signer_of_another_user_is_not_trusted(path: Path):
    with pytest.raises(KeyUnavailable, match="Another user"):
        SignerKeyStore(path, signer_uid=STRANGER).sign("seal", b"attributes")


def test_signer_that_is_not_there_is_named(path: Path):
    with pytest.raises(KeyUnavailable, match="novisit signer"):
        SignerKeyStore(path).sign("seal", b"attributes")


def test_client_finds_a_signer_that_was_started_again(
    client: SignerKeyStore, store: EncryptedKeyFolder, path: Path, server: SignerServer
):
    client.sign("seal", b"before")
    server.stop()
    again = SignerServer(store, path, allowed_uids={OWN})
    thread = threading.Thread(target=again.serve)
    thread.start()
    try:
        assert client.sign("seal", b"after")
    finally:
        again.stop()
        thread.join(5)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "sent",
    [
        struct.pack(">I", 5) + b"hello",
        struct.pack(">I", LARGEST_FRAME + 1),
        struct.pack(">I", 2) + b"[]",
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
def test_second_signer_does_not_take_the_place_of_a_living_one(store: EncryptedKeyFolder, path: Path):
    with pytest.raises(SignerUnsafe, match="already answers"):
        SignerServer(store, path, allowed_uids={OWN})


def test_folder_that_others_write_to_is_refused(store: EncryptedKeyFolder, path: Path):
    path.parent.chmod(0o777)
    with pytest.raises(SignerUnsafe, match="writable by no other"):
        SignerServer(store, path, allowed_uids={OWN})


def test_signer_serves_somebody(store: EncryptedKeyFolder, path: Path):
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
