"""Clips and pictures measured in processes of their own: one that takes its process down fails alone."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from api.errors import WorkerLost, WorkTimedOut
from api.jobs.pool import WorkPool
from liveness.evaluation.answers import Answer, ClipAnswer
from liveness.evaluation.counting import ClipResult
from liveness.evaluation.face_scoring import Vector, embed_pictures, score_pairs
from liveness.evaluation.faces import Pair, ScoredPair
from liveness.evaluation.labels import LabelledClip
from liveness.evaluation.measurement import measure_clip

MODULES: Final = ("liveness.evaluation.measurement",)
PICTURES_AT_ONCE: Final = 8

Measured = TypeVar("Measured")


class Bench:
    """A pool of processes with a thread for each that waits for it. Use it by `with`."""

    def __init__(self, *, jobs: int, memory_mib: int, weights_dir: Path, timeout_seconds: float) -> None:
        self.weights_dir = weights_dir.resolve()
        self._timeout_seconds = timeout_seconds
        self._pool = WorkPool(workers=jobs, memory_mib=memory_mib, modules=MODULES)
        self._threads = ThreadPoolExecutor(max_workers=jobs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._pool.stop()

    def submit(self, function: Callable[..., Measured], *args: object) -> Future[Measured]:
        """Run a function in a process as soon as one is free."""
        return self._threads.submit(self._pool.run, function, *args, timeout_seconds=self._timeout_seconds)


def measure_clips(
    bench: Bench,
    folder: Path,
    clips: Sequence[LabelledClip],
    policy: str,
    *,
    told: Callable[[str], None],
) -> tuple[ClipResult, ...]:
    """Measure every clip; `told` is given the name of each that is done. A process that dies is an answer."""
    waiting = {
        bench.submit(measure_clip, (folder / clip.file).resolve(), bench.weights_dir, policy): clip
        for clip in clips
    }
    answers = {}
    for done in as_completed(waiting):
        clip = waiting[done]
        answers[clip.file] = _answer(done)
        told(clip.file)
    return tuple(ClipResult(clip, answers[clip.file]) for clip in clips)


def measure_pairs(
    bench: Bench, folder: Path, pairs: Sequence[Pair], *, told: Callable[[int, int], None]
) -> tuple[ScoredPair, ...]:
    """Score every pair; `told` is given how many pictures are done, of how many.

    Pictures whose process died have no vector, as those without a face.
    """
    names = sorted({name for pair in pairs for name in (pair.one, pair.other)})
    groups = [names[at : at + PICTURES_AT_ONCE] for at in range(0, len(names), PICTURES_AT_ONCE)]
    waiting = {
        bench.submit(embed_pictures, [folder / name for name in group], bench.weights_dir): len(group)
        for group in groups
    }
    told(0, len(names))
    vectors: dict[str, Vector] = {}
    count = 0
    for done in as_completed(waiting):
        error = done.exception()
        if error is None:
            vectors.update(done.result())
        elif not isinstance(error, WorkerLost | WorkTimedOut):
            raise error
        count += waiting[done]
        told(count, len(names))
    return score_pairs(folder, pairs, vectors)


def _answer(done: Future[ClipAnswer]) -> ClipAnswer:
    """The answer of a process; that it died, took too long or stumbled is one, too."""
    error = done.exception()
    if error is None:
        return done.result()
    if isinstance(error, WorkerLost):
        return ClipAnswer(Answer.FAILED, ("work.lost",))
    if isinstance(error, WorkTimedOut):
        return ClipAnswer(Answer.FAILED, ("work.timed_out",))
    if isinstance(error, Exception):
        return ClipAnswer(Answer.FAILED, (f"work.{type(error).__name__}",), remarks=(str(error),))
    raise error
