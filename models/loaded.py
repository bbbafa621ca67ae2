"""Networks that OpenCV has loaded: one of each file in a process, whoever uses it, one caller at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import cv2

from models.errors import NetworkUnreadable
from models.threads import stay_on_one_thread


class LoadedNetwork:
    """One network. What it remembers of a call, as the size of its input, is lost with the next one."""

    def __init__(self, network: Any) -> None:  # noqa: ANN401  OpenCV has a class for every kind
        self._network = network
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def alone(self) -> Iterator[Any]:
        """Give the network to nobody else meanwhile."""
        with self._one_at_a_time:
            yield self._network


_loading: Final = threading.Lock()
_loaded: Final[dict[Path, tuple[tuple[int, int], LoadedNetwork]]] = {}


def load_once(path: Path, load: Callable[[str], Any]) -> LoadedNetwork:
    """The network of a file, loaded by `load` where this process has not done so yet.

    To load SFace takes a quarter of a second and leaves 20 MB behind in pieces.
    Raises FileNotFoundError where there is no file, NetworkUnreadable where it is something else.
    """
    file = path.stat()
    version = (file.st_mtime_ns, file.st_size)
    with _loading:
        known, network = _loaded.get(path, (None, None))
        if network is None or known != version:
            stay_on_one_thread()
            try:
                network = LoadedNetwork(load(str(path)))
            except cv2.error as error:
                raise NetworkUnreadable(path.name) from error
            _loaded[path] = (version, network)
        return network
