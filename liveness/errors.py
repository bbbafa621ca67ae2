"""What keeps a video from being judged.

LivenessError
├── VideoError            (code: stable key into the message catalogue)
│   ├── NotAVideo
│   ├── NoVideoStream
│   ├── UnsupportedCodec
│   ├── VideoTruncated
│   ├── VideoDamaged
│   ├── VideoTooShort
│   ├── VideoTooLong
│   ├── VideoTooLarge
│   ├── VideoTooCostly
│   └── FrameTooLarge
├── UnknownPadPolicy
├── PadPolicyUnfit
├── ConsentMissing
├── ConsentVersionUnknown
├── SessionNotFound
├── SessionExpired
├── SessionAlreadyUsed
├── TooManyAttempts
├── TooFewActions
├── StreamNeeded
└── ConflictingSessionState

A refusal or an attack is a result (see verdict.py), not an error.
"""

from typing import ClassVar


class LivenessError(Exception):
    """The video or the session could not be judged."""

    code: ClassVar[str] = "liveness.error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class VideoError(LivenessError):
    """The video cannot be judged."""

    code = "video.error"


class NotAVideo(VideoError):
    """This file is not a video that can be read. Send mp4, mov or webm as the phone recorded it."""

    code = "video.not_a_video"


class NoVideoStream(VideoError):
    """This file holds sound but no picture. Record again with the camera on."""

    code = "video.no_picture"


class UnsupportedCodec(VideoError):
    """This kind of video cannot be read. H.264, HEVC, VP8 and VP9 can."""

    code = "video.unsupported_codec"


class VideoTruncated(VideoError):
    """The end of the video is missing. Upload it again or record a new one."""

    code = "video.truncated"


class VideoDamaged(VideoError):
    """Parts of the video cannot be read. Upload it again or record a new one."""

    code = "video.damaged"


class VideoTooShort(VideoError):
    """The video is too short to show the actions."""

    code = "video.too_short"


class VideoTooLong(VideoError):
    """The video is longer than 30 seconds."""

    code = "video.too_long"


class VideoTooLarge(VideoError):
    """The video file is larger than 64 MiB."""

    code = "video.too_large"


class VideoTooCostly(VideoError):
    """The video is built so that reading it takes too much. Record it with the phone's own camera."""

    code = "video.too_costly"


class FrameTooLarge(VideoError):
    """The picture is larger than 4K (3840 x 2160)."""

    code = "video.frame_too_large"


class PadPolicyUnfit(LivenessError):
    """This policy for attack detection is not for judging people."""

    code = "pad.policy_unfit"


class UnknownPadPolicy(LivenessError):
    """There is no policy of this name for presentation attacks."""

    code = "pad.unknown_policy"


class ConsentMissing(LivenessError):
    """Consent to the use of the face has not been given, or was taken back."""

    code = "session.consent_missing"


class ConsentVersionUnknown(LivenessError):
    """This is not the consent text in force. Read the current one and consent to that."""

    code = "session.consent_version"


class SessionNotFound(LivenessError):
    """There is no such liveness session."""

    code = "session.not_found"


class SessionExpired(LivenessError):
    """The time for this liveness session is over. Start a new one."""

    code = "session.expired"


class SessionAlreadyUsed(LivenessError):
    """This liveness session has been used. Start a new one."""

    code = "session.already_used"


class TooManyAttempts(LivenessError):
    """Too many attempts failed. Wait half an hour, or choose a way without the face."""

    code = "session.too_many_attempts"

    def __init__(self, message: str | None = None, *, retry_after_seconds: int = 1800) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)


class TooFewActions(LivenessError):
    """Fewer than three different actions are left. Choose a way without the face."""

    code = "session.too_few_actions"


class StreamNeeded(LivenessError):
    """This session asks for its actions one by one and takes no recorded file. Start one that does."""

    code = "session.stream_needed"


class ConflictingSessionState(LivenessError):
    """The liveness session is in another state than this step needs."""

    code = "session.conflict"
