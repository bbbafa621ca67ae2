"""The ways to look at a video that benchmarks/liveness.py compares; imports are left to the moment of use."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from liveness.observation.signals import Signals
    from models.landmarks import FaceObservation


def decode(path: Path, _weights: Path) -> "Signals":
    """Every frame decoded, none converted."""
    import av

    from liveness.observation.signals import Signals

    with av.open(str(path)) as file:
        file.streams.video[0].thread_type = "AUTO"
        for _ in file.decode(video=0):
            pass
    return Signals.of([])


def look_naively(path: Path, weights: Path) -> "Signals":
    """MediaPipe's graph in video mode on every frame as it is."""
    from liveness.video.reading import Video, VideoLimits
    from tests.models.mesh.reference import GraphLandmarker

    limits = VideoLimits(analysed_fps=1000.0, analysed_side_px=4096)
    with Video(path, limits=limits) as video, GraphLandmarker(weights / "face_landmarker.task") as landmarker:
        return signals_of(
            (frame.time_ms, landmarker.detect(frame.image, frame.time_ms)) for frame in video.frames()
        )


def look_cheaply(path: Path, weights: Path) -> "Signals":
    """Decoding and landmarks of the frames that the service looks at."""
    from liveness.observation.attention import Attention
    from liveness.video.reading import Video
    from models.landmarks import FaceLandmarker

    attention = Attention()
    with Video(path) as video, FaceLandmarker(weights / "face_landmarker.task") as landmarker:

        def looks() -> Iterator[tuple[int, tuple["FaceObservation", ...]]]:
            for frame in video.frames(attention.wants):
                faces = landmarker.detect(frame.image, frame.time_ms)
                attention.note(frame.time_ms, frame.image, faces[0] if faces else None)
                yield frame.time_ms, faces

        return signals_of(looks())


def analyse(path: Path, weights: Path) -> "Signals":
    """Everything the service does with a video."""
    from liveness.analysis import AnalysisRules, judge, sample_video
    from liveness.challenge.asked import Asked
    from liveness.pad.detector import EvidenceDetector
    from liveness.pad.policy import PadPolicy
    from liveness.verdict import STANDARD_ACTIONS
    from liveness.video.reading import video_sha256
    from models.weights import WeightStore

    rules, store = AnalysisRules(), WeightStore(weights)
    seen, samplers = sample_video(path, weights=store, limits=rules.video)
    judge(
        seen,
        Asked.of(STANDARD_ACTIONS),
        video_sha256=video_sha256(path),
        rules=rules,
        detector=EvidenceDetector(PadPolicy.load()),
        embedder=None,
        samplers=samplers,
    )
    return seen.signals


def signals_of(looks: Iterator[tuple[int, tuple["FaceObservation", ...]]]) -> "Signals":
    """The followed face of each frame, as the observer follows it."""
    from liveness.observation.signals import Sample, Signals, sample_face
    from liveness.observation.tracking import FaceTrack

    track, samples = FaceTrack(), []
    for time_ms, faces in looks:
        face = track.follow(time_ms, faces)
        samples.append(
            Sample(time_ms=time_ms, faces=0) if face is None else sample_face(time_ms, len(faces), face)
        )
    return Signals.of(samples)


LOOKS: dict[str, tuple[Callable[[Path, Path], "Signals"], tuple[str, ...]]] = {
    "decode": (decode, ("av", "liveness.observation.signals")),
    "naive": (look_naively, ("liveness.video.reading", "tests.models.mesh.reference")),
    "landmarks": (
        look_cheaply,
        ("liveness.video.reading", "liveness.observation.attention", "models.landmarks"),
    ),
    "whole": (analyse, ("liveness.analysis",)),
}
"""How each part looks at a clip, and what it imports first."""
