"""What keeps a test video from being made.

SynthesisError
├── PortraitUnusable
└── EncodingUnknown
"""

from liveness.errors import LivenessError


class SynthesisError(LivenessError):
    """The test video could not be made."""

    code = "synthesis.error"


class PortraitUnusable(SynthesisError):
    """No single upright face was found in the portrait. Choose a frontal photograph of one person."""

    code = "synthesis.portrait_unusable"


class EncodingUnknown(SynthesisError):
    """This kind of file cannot be written. Use .mp4, .mov, .webm, .mkv, .mjpeg or .y4m."""

    code = "synthesis.encoding_unknown"
