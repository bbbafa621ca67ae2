"""MediaPipe's blendshape network: how much of each of 52 expressions a face shows."""

from typing import Final

import numpy as np

from models.mesh.network import Network
from models.mesh.region import Floats

NAMES: Final = (
    *("NEUTRAL", "BROW_DOWN_LEFT", "BROW_DOWN_RIGHT", "BROW_INNER_UP", "BROW_OUTER_UP_LEFT"),
    *("BROW_OUTER_UP_RIGHT", "CHEEK_PUFF", "CHEEK_SQUINT_LEFT", "CHEEK_SQUINT_RIGHT"),
    *("EYE_BLINK_LEFT", "EYE_BLINK_RIGHT", "EYE_LOOK_DOWN_LEFT", "EYE_LOOK_DOWN_RIGHT", "EYE_LOOK_IN_LEFT"),
    *("EYE_LOOK_IN_RIGHT", "EYE_LOOK_OUT_LEFT"),
    *("EYE_LOOK_OUT_RIGHT", "EYE_LOOK_UP_LEFT", "EYE_LOOK_UP_RIGHT"),
    *("EYE_SQUINT_LEFT", "EYE_SQUINT_RIGHT", "EYE_WIDE_LEFT", "EYE_WIDE_RIGHT"),
    *("JAW_FORWARD", "JAW_LEFT", "JAW_OPEN", "JAW_RIGHT"),
    *("MOUTH_CLOSE", "MOUTH_DIMPLE_LEFT", "MOUTH_DIMPLE_RIGHT", "MOUTH_FROWN_LEFT", "MOUTH_FROWN_RIGHT"),
    *("MOUTH_FUNNEL", "MOUTH_LEFT", "MOUTH_LOWER_DOWN_LEFT", "MOUTH_LOWER_DOWN_RIGHT", "MOUTH_PRESS_LEFT"),
    *("MOUTH_PRESS_RIGHT", "MOUTH_PUCKER", "MOUTH_RIGHT", "MOUTH_ROLL_LOWER", "MOUTH_ROLL_UPPER"),
    *("MOUTH_SHRUG_LOWER", "MOUTH_SHRUG_UPPER"),
    *("MOUTH_SMILE_LEFT", "MOUTH_SMILE_RIGHT", "MOUTH_STRETCH_LEFT"),
    *("MOUTH_STRETCH_RIGHT", "MOUTH_UPPER_UP_LEFT", "MOUTH_UPPER_UP_RIGHT"),
    *("NOSE_SNEER_LEFT", "NOSE_SNEER_RIGHT"),
)
"""The expressions in the order of the network's output; left and right are the person's own."""

# The points the network was trained on, in its order (MediaPipe, face_blendshapes_graph).
_SUBSET: Final = np.array(
    [
        *(
            0,
            1,
            4,
            5,
            6,
            7,
            8,
            10,
            13,
            14,
            17,
            21,
            33,
            37,
            39,
            40,
            46,
            52,
            53,
            54,
            55,
            58,
            61,
            63,
            65,
            66,
            67,
        ),
        *(70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146),
        *(148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181),
        *(185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293),
        *(295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361),
        *(362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398),
        *(400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477),
    ],
    np.intp,
)


class BlendshapeNetwork:
    """Scores expressions from points alone. Not shared between threads."""

    def __init__(self, content: bytes) -> None:
        self._network = Network(
            content, name="face_blendshapes.tflite", takes=(1, len(_SUBSET), 2), gives=(len(NAMES),)
        )

    def score(self, points: Floats) -> Floats:
        """Scores in the order of NAMES, float32 (52,) in [0, 1], of points (478, 3) in pixels."""
        (scores,) = self._network.run(points[_SUBSET, :2])
        return scores
