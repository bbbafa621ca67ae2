"""Is the picture good enough to judge at all? A refusal here is a non-response, never an attack.

The measures and limits of single frames are the same that live hints use (hints.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from liveness.observation.observer import FrameNotes, Observations
from liveness.quality.framing import Framing
from liveness.verdict import Reason

_NOTHING = float("nan")


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Beyond the first value of each pair a clip is refused, beyond the second a remark is made.

    Light and sharpness as in PictureQuality, the next five as in Framing, all medians over the clip.
    """

    least_light: tuple[float, float] = (50.0, 65.0)
    most_light: tuple[float, float] = (235.0, 215.0)
    most_overexposed: tuple[float, float] = (0.5, 0.3)
    least_sharpness: tuple[float, float] = (6.0, 15.0)
    least_eye_distance_px: tuple[float, float] = (48.0, 64.0)
    most_size: tuple[float, float] = (1.05, 0.85)
    most_outside: tuple[float, float] = (0.3, 0.08)
    most_off_centre: tuple[float, float] = (0.5, 0.3)
    most_speed: tuple[float, float] = (6.0, 1.5)
    most_glare: tuple[float, float] = (0.6, 0.05)
    least_fps: tuple[float, float] = (10.0, 12.0)
    least_seen: float = 0.7
    longest_unseen_ms: int = 1000
    longest_shut_ms: int = 2500
    shut_score: float = 0.5


@dataclass(frozen=True, slots=True)
class FrameMeasure:
    """One thing that can be wrong with a frame: how it is read, and which pair of limits it has."""

    code: str
    read: Callable[[FrameNotes, Framing], float]
    limits: Callable[[QualityLimits], tuple[float, float]]
    least: bool
    """Whether too little is wrong; else too much is."""

    def worse(self, measured: float, limit: float) -> bool:
        """Whether a value lies beyond a limit; what could not be measured does not."""
        return measured < limit if self.least else measured > limit


MEASURES: Final = (
    FrameMeasure(
        "quality.too_dark", lambda note, _: _light(note), lambda given: given.least_light, least=True
    ),
    FrameMeasure(
        "quality.too_bright", lambda note, _: _light(note), lambda given: given.most_light, least=False
    ),
    FrameMeasure(
        "quality.overexposed",
        lambda note, _: note.quality.overexposed if note.quality else _NOTHING,
        lambda given: given.most_overexposed,
        least=False,
    ),
    FrameMeasure(
        "quality.blurred",
        lambda note, _: note.quality.sharpness if note.quality else _NOTHING,
        lambda given: given.least_sharpness,
        least=True,
    ),
    FrameMeasure(
        "quality.too_small",
        lambda note, _: note.quality.eye_distance_px if note.quality else _NOTHING,
        lambda given: given.least_eye_distance_px,
        least=True,
    ),
    FrameMeasure("quality.too_near", lambda _, at: at.size, lambda given: given.most_size, least=False),
    FrameMeasure("quality.cut_off", lambda _, at: at.outside, lambda given: given.most_outside, least=False),
    FrameMeasure(
        "quality.off_centre", lambda _, at: at.off_centre, lambda given: given.most_off_centre, least=False
    ),
    FrameMeasure("quality.moving", lambda _, at: at.speed, lambda given: given.most_speed, least=False),
    FrameMeasure("quality.glare", lambda _, at: at.glare, lambda given: given.most_glare, least=False),
)


def judge_quality(
    seen: Observations, limits: QualityLimits, *, framings: Sequence[Framing] = ()
) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """Give the reasons to refuse a clip, and the remarks that do not refuse it.

    framings are those of the same pass over the clip; without them their measures say nothing.
    """
    if all(note.quality is None for note in seen.notes):
        return (Reason(code="quality.no_face"),), ()
    refusals: list[Reason] = []
    remarks: list[Reason] = []

    def hold(measure: FrameMeasure, measured: float) -> None:
        refuse, remark = measure.limits(limits)
        if measure.worse(measured, remark):
            list_ = refusals if measure.worse(measured, refuse) else remarks
            list_.append(Reason(code=measure.code, measured=round(measured, 2), required=refuse))

    at = {framing.time_ms: framing for framing in framings}
    frames = [(note, at.get(note.time_ms) or Framing(note.time_ms)) for note in seen.notes]
    for measure in MEASURES:
        hold(measure, _median([measure.read(note, framing) for note, framing in frames]))
    hold(FRAME_RATE, frame_rate(seen))
    refusals.extend(_visibility(seen, limits))
    return tuple(refusals), tuple(remarks)


FRAME_RATE: Final = FrameMeasure(
    "quality.low_frame_rate", lambda *_: _NOTHING, lambda given: given.least_fps, least=True
)
"""A measure of the whole clip: no single frame shows it."""


def frame_rate(seen: Observations) -> float:
    """Frames decoded a second; a recorder that delivers fewer hides short movements."""
    return 1000.0 * (seen.frames_decoded - 1) / max(1, seen.duration_ms)


def _visibility(seen: Observations, limits: QualityLimits) -> list[Reason]:
    found = []
    present = seen.signals.seen
    share = float(present.mean())
    if share < limits.least_seen:
        found.append(Reason(code="quality.no_face", measured=round(share, 2), required=limits.least_seen))
    gap_ms, at_ms = longest_run_ms(seen.signals.time_ms, ~present)
    if gap_ms > limits.longest_unseen_ms:
        found.append(
            Reason("quality.face_lost", at_ms=at_ms, measured=gap_ms, required=limits.longest_unseen_ms)
        )
    shut = np.minimum(seen.signals.right_blink, seen.signals.left_blink) > limits.shut_score
    shut_ms, at_ms = longest_run_ms(seen.signals.time_ms, shut)
    if shut_ms > limits.longest_shut_ms:
        found.append(
            Reason("quality.eyes_shut", at_ms=at_ms, measured=shut_ms, required=limits.longest_shut_ms)
        )
    return found


def longest_run_ms(
    time_ms: np.typing.NDArray[np.float64], where: np.typing.NDArray[np.bool_]
) -> tuple[int, int]:
    """Length and start, in ms, of the longest stretch in which a condition holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], where.astype(np.int8), [0]])))
    runs = [
        (int(time_ms[stop - 1] - time_ms[first]), int(time_ms[first]))
        for first, stop in zip(edges[::2], edges[1::2], strict=True)
    ]
    return max(runs, default=(0, 0))


def _light(note: FrameNotes) -> float:
    return note.quality.light if note.quality else _NOTHING


def _median(values: list[float]) -> float:
    """The median of what could be measured; NaN where nothing could."""
    measured = [value for value in values if not np.isnan(value)]
    return float(np.median(measured)) if measured else _NOTHING
