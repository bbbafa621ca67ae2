"""What to tell a person while the camera runs: what is wrong with the frame that was just seen.

The measures are those by which a whole clip is admitted; a hint is given where a remark would be made. How
long something must be wrong before it is said is left to whoever speaks.
"""

from collections.abc import Sequence
from typing import Final

from liveness.observation.observer import FrameNotes
from liveness.quality.admission import MEASURES, QualityLimits
from liveness.quality.framing import Framing

SECOND_FACE_MS: Final = 600
"""A second face counts as still there for this long; the independent look for faces comes twice a second."""

_LIMITS = QualityLimits()


def hint_codes(
    note: FrameNotes,
    framing: Framing,
    *,
    rivals_ms: Sequence[int] = (),
    limits: QualityLimits = _LIMITS,
) -> tuple[str, ...]:
    """Give the message codes of what is wrong with a frame, the most important first; empty where it is good.

    framing is that of the same frame. rivals_ms: when second faces were seen, as a FaceTrack keeps them.
    """
    if note.quality is None:
        return ("quality.no_face",)
    codes = []
    if rivals_ms and note.time_ms - rivals_ms[-1] <= SECOND_FACE_MS:
        codes.append("quality.several_faces")
    codes += [
        measure.code
        for measure in MEASURES
        if measure.worse(measure.read(note, framing), measure.limits(limits)[1])
    ]
    return tuple(codes)
