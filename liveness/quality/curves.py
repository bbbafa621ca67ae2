"""Light, sharpness, size, glare and the number of faces over a clip, for the reviewer's timeline."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from liveness.observation.observer import Observations
from liveness.observation.signals import Array
from liveness.quality.framing import Framing


@dataclass(frozen=True, slots=True)
class QualityCurves:
    """Columns over the analysed frames, float64 (n,), NaN where there was no face or nothing was measured.

    light: mean luminance of the face, 0 to 255. sharpness, size, glare as in PictureQuality and Framing.
    faces: how many faces the landmarker saw.
    """

    time_ms: Array = field(repr=False)
    light: Array = field(repr=False)
    sharpness: Array = field(repr=False)
    size: Array = field(repr=False)
    glare: Array = field(repr=False)
    faces: Array = field(repr=False)


def quality_curves(seen: Observations, framings: Sequence[Framing]) -> QualityCurves:
    """Put the quality of all frames side by side."""
    at = {framing.time_ms: framing for framing in framings}
    nothing = float("nan")
    rows = [
        (
            note.time_ms,
            note.quality.light if note.quality else nothing,
            note.quality.sharpness if note.quality else nothing,
            at[note.time_ms].size if note.time_ms in at else nothing,
            at[note.time_ms].glare if note.time_ms in at else nothing,
            note.sample.faces,
        )
        for note in seen.notes
    ]
    columns = np.array(rows, np.float64).reshape(-1, 6).T
    return QualityCurves(*columns)
