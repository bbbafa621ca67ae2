"""The turned rectangle of a picture that a network looks at."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

ImageRgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in pixels of the picture, turned clockwise by `angle` radians about its centre."""

    centre_x: float
    centre_y: float
    width: float
    height: float
    angle: float = 0.0

    def __post_init__(self) -> None:
        if not (self.width > 0 and self.height > 0):
            raise ValueError(f"a region must have a size, not {self.width} x {self.height}")

    @classmethod
    def around_whole(cls, image: ImageRgb) -> "Region":
        """The smallest upright square that holds a picture, about the picture's centre."""
        height, width = image.shape[:2]
        side = float(max(width, height))
        return cls(width / 2, height / 2, side, side)

    def cut(self, image_rgb: ImageRgb, side: int, *, border: int) -> ImageRgb:
        """What the region shows, uint8 RGB (side, side, 3); `border` is OpenCV's mode outside the picture."""
        turned = cv2.warpAffine(
            image_rgb,
            self._to_picture(side),
            (side, side),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=border,
        )
        return np.asarray(turned, np.uint8)

    def to_picture(self, points: Floats, side: int) -> Floats:
        """Bring points (n, 3) of a cut of this side back into the picture; z is scaled as x."""
        (xx, xy, left), (yx, yy, top) = self._to_picture(side).tolist()
        turn = np.array([[xx, yx, 0.0], [xy, yy, 0.0], [0.0, 0.0, self.width / side]], np.float32)
        placed = points @ turn
        placed += np.array([left, top, 0.0], np.float32)
        return placed

    def differs(self, other: "Region", *, share: float) -> bool:
        """Whether two regions lie apart by more than a share of the side; size and angle count less."""
        shift = math.hypot(other.centre_x - self.centre_x, other.centre_y - self.centre_y)
        turn = abs(math.remainder(other.angle - self.angle, math.tau))
        growth = abs(math.log(other.width / self.width))
        return shift > share * self.width or growth > 1.5 * share or turn > 2 * share

    def _to_picture(self, side: int) -> npt.NDArray[np.float64]:
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        across, down, half = self.width / side, self.height / side, side / 2
        xx, xy, yx, yy = cosine * across, -sine * down, sine * across, cosine * down
        left, top = self.centre_x - (xx + xy) * half, self.centre_y - (yx + yy) * half
        return np.array([[xx, xy, left], [yx, yy, top]])
