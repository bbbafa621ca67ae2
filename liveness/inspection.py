"""The one pass over a video: what is decoded, observed and sampled, the same for a file and a stream."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from liveness.continuity import FaceWatch
from liveness.errors import VideoTooShort
from liveness.observation.observer import Observations, Observer, observe
from liveness.observation.sampling import FrameSampler
from liveness.pad.samplers import PadSamplers
from liveness.quality.framing import FramingWatch
from liveness.video.frame import Glimpse
from liveness.video.reading import Video, VideoFacts, VideoLimits
from models.comparators.sface import SfaceEmbedder
from models.comparison import FaceEmbedder
from models.detection import FaceDetector
from models.landmarks import FaceLandmarker
from models.weights import WeightStore

SHORTEST_MS: Final = 2000
LEAST_FRAMES: Final = 8
EXPECTED_MS: Final = 10_000
"""Length taken for the progress of a video that does not declare its own."""

OBSERVING_SHARE: Final = 0.95


@dataclass(slots=True)
class Samplers:
    """Those who look at the pixels of one clip in the one pass over it; new ones for every clip."""

    framing: FramingWatch = field(default_factory=FramingWatch)
    pad: PadSamplers = field(default_factory=PadSamplers)
    faces: FaceWatch | None = None

    @property
    def all(self) -> tuple[FrameSampler, ...]:
        return (self.framing, self.pad, *((self.faces,) if self.faces is not None else ()))


class Inspection:
    """One clip while it is looked at, the same for a file and for a stream that still runs. Use it by `with`.

    Raises WeightsError where a network is missing.
    """

    def __init__(self, weights: WeightStore, *, embedder: FaceEmbedder | None = None) -> None:
        faces = FaceWatch(embedder or SfaceEmbedder(weights))
        self.samplers = Samplers(faces=faces, pad=PadSamplers.of(weights))
        detector = FaceDetector(weights.path("yunet"))
        self._landmarker = FaceLandmarker(weights.path("face_landmarker"))
        self.observer = Observer(self._landmarker, detector, samplers=self.samplers.all)

    def __enter__(self) -> Self:
        self._landmarker.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._landmarker.__exit__(kind, error, trace)

    def wants(self, time_ms: int, glimpse: Glimpse) -> bool:
        """Whether a frame is worth a look: pass this to `frames` of the video."""
        self.samplers.pad.glance(time_ms, glimpse)
        return self.observer.wants(time_ms, glimpse)

    def observations(self, facts: VideoFacts, *, duration_ms: int, frames_decoded: int) -> Observations:
        """What was seen of a clip that is whole. Raises VideoTooShort."""
        if duration_ms < SHORTEST_MS or len(self.observer.notes) < LEAST_FRAMES:
            raise VideoTooShort
        return self.observer.observations(facts, duration_ms=duration_ms, frames_decoded=frames_decoded)


def sample_video(
    path: Path,
    *,
    weights: WeightStore,
    limits: VideoLimits,
    progress: Callable[[float], None] | None = None,
) -> tuple[Observations, Samplers]:
    """Read a video once and measure every analysed frame. Raises VideoError, WeightsError."""
    with Video(path, limits=limits) as video, Inspection(weights) as inspection:
        length_ms = video.facts.declared_ms or EXPECTED_MS

        def tell(time_ms: int) -> None:
            if progress is not None:
                progress(min(1.0, time_ms / length_ms) * OBSERVING_SHARE)

        observe(video.frames(inspection.wants), inspection.observer, progress=tell)
        seen = inspection.observations(
            video.facts, duration_ms=video.duration_ms, frames_decoded=video.frames_decoded
        )
        return seen, inspection.samplers
