"""One stream while it is recorded: frames in, happenings out, and in the end what a file would get."""

from dataclasses import dataclass, field, replace

from liveness.analysis import Analysis, AnalysisRules, Inspection, judge
from liveness.challenge.asked import Asked
from liveness.challenge.schedule import PromptSchedule
from liveness.live.asking import Asking, Following
from liveness.live.clip_clock import ClipClock
from liveness.live.guide import Guide
from liveness.live.happenings import Happening
from liveness.live.prompting import Prompting
from liveness.live.watch import Watch
from liveness.pad.detector import PresentationAttackDetector
from liveness.quality.hints import hint_codes
from liveness.verdict import Profile
from liveness.video.frame import Frame, Glimpse
from liveness.video.pushing import PushedVideo
from models.comparison import FaceEmbedder


@dataclass(frozen=True, slots=True)
class LiveParts:
    """What the judgement of a stream is made of; the inspection is the stream's own."""

    inspection: Inspection
    detector: PresentationAttackDetector
    embedder: FaceEmbedder
    rules: AnalysisRules = field(default_factory=AnalysisRules)


class LiveAnalysis:
    """Looks at one clip while it is recorded. Times named now or arrived are the server's, in ms."""

    def __init__(self, asked: Asked, parts: LiveParts) -> None:
        self._asked = asked
        self._parts = parts
        self._clock = ClipClock()
        timed = asked.profile is Profile.TIMED
        longest_ms = 1000 * parts.rules.video_for(asked).max_seconds
        self._asking: Asking = (
            Prompting(asked.steps, self._clock, longest_ms=longest_ms) if timed else Following(asked.steps)
        )
        self._guide = Guide(self._asking, Watch(parts.rules.actions))

    def wants(self, time_ms: int, glimpse: Glimpse) -> bool:
        """Whether a frame is worth a look: pass this to `PushedVideo.frames`."""
        return self._parts.inspection.wants(time_ms, glimpse)

    def see(self, frame: Frame, *, arrived_ms: float) -> None:
        """Take the next frame of the bytes that came at `arrived_ms`."""
        inspection = self._parts.inspection
        self._clock.hear(arrived_ms=arrived_ms, held_ms=frame.time_ms)
        note = inspection.observer.look(frame)
        codes = hint_codes(
            note,
            inspection.samplers.framing.latest,
            rivals_ms=inspection.observer.track.rivals_ms,
            limits=self._parts.rules.quality,
        )
        self._guide.see(note.sample, codes)

    def tell(self, now_ms: float) -> list[Happening]:
        """Give what has happened since the last time."""
        return self._guide.tell(now_ms)

    @property
    def schedule(self) -> PromptSchedule | None:
        """When each prompt was shown, by the clip's clock as it is known now; None where the page asks."""
        return self._asking.schedule()

    def judge(self, video: PushedVideo, *, video_sha256: str) -> Analysis:
        """Judge the whole clip as `analyse_video` judges a file of the same bytes. Raises VideoTooShort."""
        parts = self._parts
        seen = parts.inspection.observations(
            video.facts, duration_ms=video.duration_ms, frames_decoded=video.frames_decoded
        )
        return judge(
            seen,
            replace(self._asked, schedule=self.schedule),
            video_sha256=video_sha256,
            rules=parts.rules,
            detector=parts.detector,
            embedder=parts.embedder,
            samplers=parts.inspection.samplers,
        )
