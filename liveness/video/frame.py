"""One frame of a video, as it is analysed: upright, square pixels, no larger than needed."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation

_WORTH_SCALING: Final = 0.8
_LEAST_ASPECT: Final = 0.25


@dataclass(frozen=True, slots=True)
class Frame:
    """One analysed frame: uint8 RGB (h, w, 3), upright, square pixels, time in ms from the first frame."""

    time_ms: int
    image: npt.NDArray[np.uint8] = field(repr=False)


def upright_rgb(frame: VideoFrame, longest_px: int, *, pixel_aspect: float = 1.0) -> npt.NDArray[np.uint8]:
    """Turn a decoded frame upright, once, into uint8 RGB (h, w, 3) of square pixels.

    Its longer side is at most a quarter more than `longest_px`: scaling by less costs more than it saves.
    """
    wide = frame.width * min(max(pixel_aspect, _LEAST_ASPECT), 1 / _LEAST_ASPECT)
    scale = longest_px / max(wide, frame.height)
    scale = 1.0 if scale > _WORTH_SCALING else scale
    image = frame.to_ndarray(
        format="rgb24",
        width=max(2, round(wide * scale)),
        height=max(2, round(frame.height * scale)),
        interpolation=Interpolation.BILINEAR,
    )
    quarter_turns = round(frame.rotation / 90)  # counter-clockwise, as libavutil's display matrix has it
    turned: npt.NDArray[np.uint8] = np.ascontiguousarray(np.rot90(image, quarter_turns))
    return turned
