"""Made videos from one still portrait, for tests and demonstrations; the service never imports this package.

Needs the extra `synthesis` (scikit-image, scipy). The landmarks that drive the warp are the detector's own,
so a made video proves plumbing, formats, order, timing and thresholds, and nothing of accuracy on people.
"""

from liveness.synthesis.attacks import Species, make_attack
from liveness.synthesis.camera import Camera
from liveness.synthesis.clip import make_clip
from liveness.synthesis.encoding import Encoding
from liveness.synthesis.errors import EncodingUnknown, PortraitUnusable, SynthesisError
from liveness.synthesis.portrait import Portrait, astronaut, frame_portrait, portrait_of
from liveness.synthesis.script import Movement, Pace, Scene, TrueEvent, Truth, in_order

__all__ = [
    "Camera",
    "Encoding",
    "EncodingUnknown",
    "Movement",
    "Pace",
    "Portrait",
    "PortraitUnusable",
    "Scene",
    "Species",
    "SynthesisError",
    "TrueEvent",
    "Truth",
    "astronaut",
    "frame_portrait",
    "in_order",
    "make_attack",
    "make_clip",
    "portrait_of",
]
