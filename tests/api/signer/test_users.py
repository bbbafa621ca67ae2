"""Signer and service as two users of one machine: keys stay out of its reach, or it does not start."""

import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from api import logging
from api.bootstrap import system_clock
from api.errors import UnsafeForProduction
from api.settings import Settings
from api.signer.fitness import require_fit
from api.signer.process import SignerOptions, read_secret, run
from signing.errors import KeyUnavailable, SignerAway, SignerUnsafe
from signing.keys import KeyAlgorithm
from signing.keys.ledger import KeyLedger
from signing.signer.addresses import SignerAddress
from signing.signer.client import SignerKeyStore
from signing.signer.hardening import lock_memory
from tests.api.signer.users import (
    SERVICE_UID,
    SHARED_GID,
    SIGNER_UID,
    STRANGER_UID,
    Process,
    as_user,
    running_as,
    wait_for,
)
from tests.signers import PASSPHRASE, make_custody

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="hardware: only root can become other users")

SECRET_FILE = "passphrase"


@dataclass
class Office:
    """A machine as in production: keys of the signer's user, a socket in a folder that a group may enter."""

    root: Path

    @property
    def settings(self) -> Settings:
        return Settings(
            data_dir=self.root / "data",
            signer_dir=self.root / "keys",
            signer_socket=self.root / "run" / "signer.sock",
            signer_user=str(SIGNER_UID),
            signer_clients=(str(SERVICE_UID),),
        )

    @property
    def address(self) -> SignerAddress:
        return SignerAddress(self.settings.signer_socket, SIGNER_UID)

    def make_folders(self) -> None:
        for name, gid, mode in (("keys", SIGNER_UID, 0o700), ("run", SHARED_GID, 0o2750)):
            folder = self.root / name
            folder.mkdir()
            os.chown(folder, SIGNER_UID, gid)
            folder.chmod(mode)
        secret = self.root / "keys" / SECRET_FILE
        secret.write_bytes(PASSPHRASE)
        os.chown(secret, SIGNER_UID, SIGNER_UID)
        secret.chmod(0o600)

    def make_key(self) -> None:
        custody = make_custody(self.root / "keys", system_clock)
        custody.make("log", algorithm=KeyAlgorithm.P256, since=None, by="ceremony")

    def serve(self) -> None:
        logging.configure(level="info", stream=sys.stderr)
        run(self.settings, system_clock, read_secret(self.settings), SignerOptions())

    def sign(self) -> bytes:
        with closing(SignerKeyStore.at(self.address)) as keys:
            return keys.sign("log", b"tree head")


@pytest.fixture
def office() -> Iterator[Office]:
    # Not below pytest's own folder, which no other user may enter.
    root = Path(tempfile.mkdtemp(prefix="novisit-users-"))
    root.chmod(0o711)
    made = Office(root)
    made.make_folders()
    as_user(SIGNER_UID, made.make_key)
    yield made
    shutil.rmtree(root)


@pytest.fixture
def signer(office: Office) -> Iterator[Process]:
    with running_as(SIGNER_UID, office.serve, office.root / "signer.log") as process:
        wait_for(office.settings.signer_socket.is_socket)
        yield process


def as_service(work: Callable[[], object]) -> object:
    return as_user(SERVICE_UID, work, gids=(SHARED_GID,))


def refusals(
    office: Office, *, settings: Settings | None = None, address: SignerAddress | None = None
) -> str:
    """What the service's start refuses, run as its user."""

    def ask() -> str:
        try:
            require_fit(settings or office.settings, address or office.address)
        except UnsafeForProduction as error:
            return str(error)
        return ""

    return str(as_service(ask))


def test_service_signs_and_cannot_reach_a_key(office: Office, signer: Process):
    signature = as_service(office.sign)
    assert isinstance(signature, bytes)
    custody = make_custody(office.root / "keys", system_clock)
    custody.public_key("log").verify(signature, b"tree head", ec.ECDSA(hashes.SHA256()))
    for path in ("keys", "keys/passphrase", "keys/keys/log.key", "keys/keys.log"):
        with pytest.raises(PermissionError):
            as_service(partial(os.open, office.root / path, os.O_RDONLY))
    assert refusals(office) == ""


def test_signer_process_cannot_be_looked_into_and_shows_no_secret(office: Office, signer: Process):
    about = Path("/proc") / str(signer.pid)
    assert PASSPHRASE not in (about / "cmdline").read_bytes()
    assert PASSPHRASE not in (about / "environ").read_bytes()
    assert PASSPHRASE.decode() not in signer.text()
    (limit,) = [line for line in (about / "limits").read_text().splitlines() if "core file" in line]
    assert limit.split()[4:6] == ["0", "0"]
    # Even its own user cannot attach: the process is not dumpable, and its files belong to root.
    assert (about / "mem").stat().st_uid == 0
    with pytest.raises(PermissionError):
        as_user(SIGNER_UID, partial(os.open, about / "mem", os.O_RDONLY))


def test_other_users_get_no_signature_and_are_logged(office: Office, signer: Process):
    with pytest.raises(SignerAway):
        as_user(STRANGER_UID, office.sign, gids=(SHARED_GID,))
    wait_for(lambda: "refused a user" in signer.text())
    assert f'"uid": {STRANGER_UID}' in signer.text()
    with pytest.raises(SignerAway):
        as_user(STRANGER_UID, office.sign)
    assert as_service(office.sign)


def test_root_itself_is_not_served_unless_named(office: Office, signer: Process):
    with pytest.raises(SignerAway):
        office.sign()


def test_user_who_stands_in_for_the_signer_is_not_trusted(office: Office, tmp_path: Path):
    place = office.root / "run" / "signer.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(place))
        place.chmod(0o666)
        listener.listen()
        with pytest.raises(KeyUnavailable, match="Another user"):
            as_service(office.sign)
        assert "Another user" in refusals(office)


def test_killed_signer_is_named_and_found_again_with_all_it_counted(office: Office, tmp_path: Path):
    signed = 0
    for number in range(2):
        with running_as(SIGNER_UID, office.serve, office.root / f"signer-{number}.log") as process:
            wait_for(lambda: refusals(office) == "")
            for _ in range(5):
                as_service(office.sign)
                signed += 1
            os.kill(process.pid, signal.SIGKILL)
            wait_for(lambda: _is_away(office))
    assert KeyLedger(office.root / "keys", system_clock).counts.uses("log") == signed


def _is_away(office: Office) -> bool:
    try:
        as_service(office.sign)
    except SignerAway as error:
        return "novisit signer" in str(error)
    return False


def test_start_refuses_when_the_signer_is_not_there(office: Office):
    told = refusals(office)
    assert "is not there" in told
    assert "start `novisit signer` first" in told


def test_start_refuses_keys_that_the_service_can_read(office: Office, signer: Process):
    (office.root / "keys").chmod(0o755)
    assert f"{office.root / 'keys'} is open to the service" in refusals(office)
    (office.root / "keys" / SECRET_FILE).chmod(0o644)
    assert f"{office.root / 'keys' / SECRET_FILE} is open to the service" in refusals(office)
    # The service may believe the keys elsewhere: the signer tells where they are.
    elsewhere = office.settings.model_copy(update={"signer_dir": office.root / "nowhere"})
    assert f"{office.root / 'keys'} is open" in refusals(office, settings=elsewhere)


def test_start_refuses_a_signer_of_its_own_user(office: Office, signer: Process):
    own = SignerAddress(office.address.path, SERVICE_UID)
    assert "service's own user" in refusals(office, address=own)
    unnamed = SignerAddress(office.address.path)
    assert "NOVISIT_SIGNER_USER is not set" in refusals(office, address=unnamed)


def test_start_refuses_a_socket_or_folder_that_is_open_to_others(office: Office, signer: Process):
    office.settings.signer_socket.chmod(0o666)
    assert "is open to every user" in refusals(office)
    office.settings.signer_socket.chmod(0o660)
    (office.root / "run").chmod(0o2770)
    assert "put a socket of its own there" in refusals(office)
    (office.root / "run").chmod(0o2750)
    assert refusals(office) == ""
    os.chown(office.settings.signer_socket, STRANGER_UID, SHARED_GID)
    assert "another user than the signer's" in refusals(office)


def test_start_refuses_to_run_as_root(office: Office, signer: Process):
    with pytest.raises(UnsafeForProduction, match="runs as root"):
        require_fit(office.settings, office.address)


def test_all_obstacles_are_told_at_once(office: Office):
    (office.root / "keys").chmod(0o755)
    told = refusals(office, address=SignerAddress(office.address.path))
    assert all(part in told for part in ("NOVISIT_SIGNER_USER", "is open to the service", "is not there"))


def test_signer_refuses_keys_that_others_can_read(office: Office):
    (office.root / "keys" / "keys").chmod(0o750)
    with pytest.raises(Exception, match="chmod 700"):
        as_user(SIGNER_UID, office.serve)


def test_signer_of_another_user_cannot_read_the_keys_either(office: Office):
    with pytest.raises(Exception, match=r"must belong to the signer's user|cannot be read|Permission"):
        as_user(STRANGER_UID, office.serve)


def locked_kib() -> int:
    lock_memory()
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if "VmLck" in line]
    return int(line.split()[1])


def test_memory_is_locked_where_the_system_allows_it_and_refused_where_not():
    assert as_user(0, locked_kib) > 1000

    def lock_little() -> int:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
        return locked_kib()

    with pytest.raises(SignerUnsafe, match="LimitMEMLOCK"):
        as_user(SIGNER_UID, lock_little)


def test_secret_that_root_hands_over_is_taken_and_one_open_to_others_is_not(office: Office):
    handed = office.root / "handed"
    handed.write_bytes(PASSPHRASE)
    os.chown(handed, 0, SIGNER_UID)
    handed.chmod(0o440)
    settings = office.settings.model_copy(update={"signer_secret_file": handed})
    assert as_user(SIGNER_UID, partial(read_secret, settings)) == PASSPHRASE
    handed.chmod(0o444)
    with pytest.raises(SignerUnsafe, match="chmod 600"):
        as_user(SIGNER_UID, partial(read_secret, settings))
