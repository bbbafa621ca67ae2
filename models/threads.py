"""How many threads the libraries below us may start: one, since people are served by processes."""

import functools

import cv2
from threadpoolctl import threadpool_limits


@functools.cache
def stay_on_one_thread() -> None:
    """From here on OpenCV and the algebra below numpy work on one thread, in this whole process.

    A library that brings algebra of its own and is loaded later is not reached.

    Networks, pictures and matrices of this size are done as fast by one. The others wait in a loop for the
    next piece of work: with OpenCV an eighth of all processor time, with numpy a twenty-fifth.
    """
    cv2.setNumThreads(1)
    threadpool_limits(1, user_api="blas")
