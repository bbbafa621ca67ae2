"""One network on one thread of LiteRT."""

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from models.errors import NetworkUnreadable

Floats = npt.NDArray[np.float32]

_silence: Final = threading.RLock()


class Network:
    """A float32 network with one input, called again and again. Not shared between threads.

    One thread, since two were slower for networks of this size. Raises NetworkUnreadable for what LiteRT
    refuses, and for a network that takes or gives something else than it should.
    """

    def __init__(self, content: bytes, *, name: str, takes: tuple[int, ...], gives: tuple[int, ...]) -> None:
        """name: what to call it. takes: shape of its input. gives: how many numbers each output has."""
        try:
            with _native_notice_silenced():
                interpreter: Any = Interpreter(model_content=content, num_threads=1)
                interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise NetworkUnreadable(name) from error
        given, found = interpreter.get_input_details(), interpreter.get_output_details()
        sizes = tuple(int(np.prod(output["shape"])) for output in found)
        if [tuple(put["shape"]) for put in given] != [takes] or sizes != gives:
            raise NetworkUnreadable(name)
        if {np.dtype(put["dtype"]) for put in (*given, *found)} != {np.dtype(np.float32)}:
            raise NetworkUnreadable(name)
        self._run = interpreter.invoke
        self._input = interpreter.tensor(given[0]["index"])
        self._outputs = [interpreter.tensor(output["index"]) for output in found]

    def run(
        self, values: npt.NDArray[np.generic], *, scale: float = 1.0, offset: float = 0.0
    ) -> tuple[Floats, ...]:
        """Give `values` times `scale` plus `offset`, without the batch's axis; returns copies, each flat."""
        # LiteRT refuses to run while an array over its memory is alive, so none is kept.
        inside = self._input()[0]
        np.multiply(values, np.float32(scale), out=inside, casting="unsafe")
        if offset:
            inside += np.float32(offset)
        del inside
        self._run()
        return tuple(np.array(output(), np.float32).ravel() for output in self._outputs)


@contextlib.contextmanager
def _native_notice_silenced() -> Iterator[None]:
    """Send file descriptor 2 to nowhere while LiteRT tells of its delegate; Python has no switch for it.

    What other threads write to stderr in these few milliseconds is lost with it.
    """
    with _silence:
        kept = os.dup(2)
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(nowhere, 2)
            finally:
                os.close(nowhere)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
