"""One frame of a video, as it is analysed: upright, square pixels, no larger than needed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

_WORTH_SCALING: Final = 0.8
_LEAST_ASPECT: Final = 0.25
_BITS_OF_A_BYTE: Final = 8
Brightness = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

_SPARSE: Final = 3
_THUMBNAIL: Final = (24, 32)
_TURNS: Final = (None, cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)


@dataclass(frozen=True, slots=True)
class Frame:
    """One analysed frame: uint8 RGB (h, w, 3), upright, square pixels, time in ms from the first frame.

    is_due: False for one that was not due, but wanted.
    """

    time_ms: int
    image: npt.NDArray[np.uint8] = field(repr=False)
    is_due: bool = True


class Glimpse:
    """A look at the brightness of a decoded frame that nobody has converted.

    is_due: whether it would be analysed if nobody were asked.
    """

    def __init__(self, frame: VideoFrame, *, is_due: bool = False) -> None:
        self.is_due = is_due
        self._frame = frame

    @cached_property
    def thumbnail(self) -> npt.NDArray[np.float32]:
        """The whole picture in 24 by 32 patches, float32 (768,), as it was filmed, not turned upright."""
        return thumbnail_of(self._rows) / np.float32(1 << self._more_bits)

    def cut(self, box: tuple[float, float, float, float]) -> npt.NDArray[np.uint8]:
        """A patch, uint8 (h, w), upright, not scaled; box: left, top, right, bottom in shares from 0 to 1."""
        height, width = self._upright.shape
        left, right = sorted(round(min(max(share, 0.0), 1.0) * width) for share in (box[0], box[2]))
        top, bottom = sorted(round(min(max(share, 0.0), 1.0) * height) for share in (box[1], box[3]))
        patch = self._upright[top:bottom, left:right]
        return (patch >> self._more_bits).astype(np.uint8) if self._more_bits else np.asarray(patch, np.uint8)

    @cached_property
    def _more_bits(self) -> int:
        """How many bits each sample has beyond eight."""
        return max(0, self._frame.format.components[0].bits - _BITS_OF_A_BYTE)

    @cached_property
    def _rows(self) -> Brightness:
        """The plane of brightness, (h, w), as it was filmed and in as many bits."""
        plane = self._frame.planes[0]
        samples: Brightness = (
            np.frombuffer(memoryview(plane), np.uint16)
            if self._more_bits
            else np.frombuffer(memoryview(plane), np.uint8)
        )
        samples.flags.writeable = False
        rows: Brightness = samples.reshape(-1, plane.line_size // samples.itemsize)
        return rows[: plane.height, : plane.width]

    @cached_property
    def _upright(self) -> Brightness:
        turns = quarter_turns(self._frame)
        return np.rot90(self._rows, turns) if turns else self._rows


def thumbnail_of(grey: Brightness) -> npt.NDArray[np.float32]:
    """A picture (h, w) in 24 by 32 patches, float32 (768,)."""
    size = (max(1, grey.shape[1] // _SPARSE), max(1, grey.shape[0] // _SPARSE))
    sparse = cv2.resize(grey, size, interpolation=cv2.INTER_NEAREST)
    return cv2.resize(sparse, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float32).ravel()


Wanted = Callable[[int, Glimpse], bool]
"""Whether a frame, at this time in ms, is to be analysed; asked in order about every one."""


class UprightPictures:
    """Turns the decoded frames of one video upright, once, into uint8 RGB (h, w, 3) of square pixels.

    The longer side is at most a quarter more than `longest_px`: scaling by less costs more than it saves. One
    converter serves all frames, on one thread: to set one up for each, with its threads, takes longer than
    the conversion.
    """

    def __init__(self, longest_px: int, *, pixel_aspect: float = 1.0) -> None:
        self._longest_px = longest_px
        self._pixel_aspect = min(max(pixel_aspect, _LEAST_ASPECT), 1 / _LEAST_ASPECT)
        self._converter = VideoReformatter()

    def picture(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        """Convert one frame. Raises FFmpegError or MemoryError where it cannot be."""
        wide = frame.width * self._pixel_aspect
        scale = self._longest_px / max(wide, frame.height)
        scale = 1.0 if scale > _WORTH_SCALING else scale
        converted = self._converter.reformat(
            frame,
            width=max(2, round(wide * scale)),
            height=max(2, round(frame.height * scale)),
            format="rgb24",
            interpolation=Interpolation.BILINEAR,
            threads=1,
        )
        image = converted.to_ndarray()
        turn = _TURNS[quarter_turns(frame)]
        return np.asarray(image if turn is None else cv2.rotate(image, turn), np.uint8)


def quarter_turns(frame: VideoFrame) -> int:
    """Quarter turns, counter-clockwise, 0 to 3, that stand a frame upright (libavutil's display matrix)."""
    return round(frame.rotation / 90) % 4
