"""Networks that a process loads once."""

import threading
from pathlib import Path

import pytest

from models.detection import FaceDetector
from models.errors import NetworkUnreadable
from models.loaded import load_once
from models.pad.passive import PassiveLivenessNetwork


def test_a_file_is_loaded_once_and_again_when_it_was_replaced(tmp_path):
    file = tmp_path / "some.onnx"
    file.write_bytes(b"one")
    loaded = []

    def load(path: str) -> bytes:
        loaded.append(path)
        return Path(path).read_bytes()

    first = load_once(file, load)
    assert load_once(file, load) is first
    file.write_bytes(b"another")
    with load_once(file, load).alone() as network:
        assert network == b"another"
    assert loaded == [str(file)] * 2


def test_one_caller_at_a_time_has_a_network(tmp_path):
    file = tmp_path / "some.onnx"
    file.write_bytes(b"one")
    shared = load_once(file, str)
    second_has_it = threading.Event()

    def take() -> None:
        with shared.alone():
            second_has_it.set()

    with shared.alone():
        thread = threading.Thread(target=take)
        thread.start()
        assert not second_has_it.wait(0.05)
    thread.join(5)
    assert second_has_it.is_set()


@pytest.mark.parametrize("network", [FaceDetector, PassiveLivenessNetwork])
def test_a_file_that_is_no_network_is_said_so(tmp_path, network):
    file = tmp_path / "broken.onnx"
    file.write_bytes(b"not a network at all")
    with pytest.raises(NetworkUnreadable, match=r"broken\.onnx holds no network"):
        network(file)
    with pytest.raises(FileNotFoundError):
        network(tmp_path / "absent.onnx")
