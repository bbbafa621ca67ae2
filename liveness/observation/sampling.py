"""The place in the one pass over a video for those who need the pixels themselves."""

from typing import Protocol

from models.landmarks import FaceObservation, ImageRgb


class FrameSampler(Protocol):
    """Looks at frames while they are there; nothing decodes a video a second time for it.

    One per clip. It is shown every analysed frame in order and decides itself which few it works on.
    """

    def look(self, time_ms: int, image_rgb: ImageRgb, face: FaceObservation | None) -> None:
        """See one frame, uint8 RGB (h, w, 3), and the face that is followed in it, None where none was found.

        The picture belongs to the caller and is not kept: copy what is wanted of it.
        """
        ...
