"""The signer of a demonstration: started with the service, started again when it dies, ended with it."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from api import bootstrap
from api.errors import SignerLost
from api.settings import Settings
from signing.errors import SignerAway
from signing.keys import KeyAlgorithm
from signing.signer.client import SignerKeyStore
from tests.api.signer.users import wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
def services(tmp_path: Path) -> Iterator[bootstrap.Services]:
    made = bootstrap.build(Settings(data_dir=tmp_path / "data"))
    yield made
    made.close()


def pid_of(services: bootstrap.Services) -> int:
    process = services.signer_child._process
    assert process is not None
    return process.pid


def is_gone(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return False
    return True


def test_child_signs_comes_back_after_it_was_killed_and_ends_with_us(services: bootstrap.Services):
    services.signer_child.start()
    services.keys.generate("seal-organ-0011aabb")
    services.keys.generate("national", KeyAlgorithm.SM2)
    assert services.keys.sign("seal-organ-0011aabb", b"attributes")
    killed = pid_of(services)
    os.kill(killed, signal.SIGKILL)
    with pytest.raises(SignerAway):
        services.keys.sign("seal-organ-0011aabb", b"attributes")
    wait_for(lambda: _signs(services.keys))
    assert pid_of(services) != killed
    uses = {state.record.name: state.uses for state in services.keys.status().keys}
    assert uses["seal-organ-0011aabb"] >= 2
    left = pid_of(services)
    services.close()
    assert is_gone(left)
    assert not services.settings.signer_socket.exists()
    for path in services.settings.signer_dir.rglob("*"):
        assert path.stat().st_mode & 0o007 == 0, path


def _signs(keys: SignerKeyStore) -> bool:
    with suppress(SignerAway):
        return bool(keys.sign("seal-organ-0011aabb", b"attributes"))
    return False


def test_second_service_uses_the_signer_that_answers_already(services: bootstrap.Services, tmp_path: Path):
    services.signer_child.start()
    other = bootstrap.build(Settings(data_dir=tmp_path / "data"))
    other.signer_child.start()
    assert other.signer_child._process is None
    with closing(SignerKeyStore.at(other.signer_address)) as keys:
        assert keys.status().uid == os.geteuid()
    other.close()
    assert services.keys.status().keys == ()


def test_signer_that_cannot_start_is_told(services: bootstrap.Services):
    services.settings.signer_dir.mkdir(parents=True)
    services.settings.signer_dir.chmod(0o755)
    with pytest.raises(SignerLost, match="novisit signer"):
        services.signer_child.start()
