"""Is the picture good enough to judge at all? A refusal here is a non-response, never an attack."""

from dataclasses import dataclass

import numpy as np

from liveness.observation.observer import Observations
from liveness.verdict import Reason


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Below the first value of each pair a clip is refused, below the second a remark is made.

    Light and sharpness as in PictureQuality, medians over the clip.
    """

    least_light: tuple[float, float] = (50.0, 65.0)
    most_light: tuple[float, float] = (235.0, 215.0)
    most_overexposed: tuple[float, float] = (0.5, 0.3)
    least_sharpness: tuple[float, float] = (6.0, 15.0)
    least_eye_distance_px: tuple[float, float] = (48.0, 64.0)
    least_fps: tuple[float, float] = (10.0, 12.0)
    least_seen: float = 0.7
    longest_unseen_ms: int = 1000
    longest_shut_ms: int = 2500
    shut_score: float = 0.5


def judge_quality(seen: Observations, limits: QualityLimits) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """Give the reasons to refuse a clip, and the remarks that do not refuse it."""
    pictures = [note.quality for note in seen.notes if note.quality is not None]
    if not pictures:
        return (Reason(code="quality.no_face"),), ()
    refusals: list[Reason] = []
    remarks: list[Reason] = []
    for code, measured, (refuse, remark) in (
        ("quality.too_dark", _median([p.light for p in pictures]), limits.least_light),
        ("quality.blurred", _median([p.sharpness for p in pictures]), limits.least_sharpness),
        ("quality.too_small", _median([p.eye_distance_px for p in pictures]), limits.least_eye_distance_px),
        ("quality.low_frame_rate", frame_rate(seen), limits.least_fps),
    ):
        if measured < remark:
            list_ = refusals if measured < refuse else remarks
            list_.append(Reason(code=code, measured=round(measured, 2), required=refuse))
    for code, measured, (refuse, remark) in (
        ("quality.too_bright", _median([p.light for p in pictures]), limits.most_light),
        ("quality.overexposed", _median([p.overexposed for p in pictures]), limits.most_overexposed),
    ):
        if measured > remark:
            list_ = refusals if measured > refuse else remarks
            list_.append(Reason(code=code, measured=round(measured, 2), required=refuse))
    refusals.extend(_visibility(seen, limits))
    return tuple(refusals), tuple(remarks)


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


def _median(values: list[float]) -> float:
    return float(np.median(values))
