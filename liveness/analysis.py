"""The whole judgement of one video: inspected in one pass, judged by what was asked."""

from collections.abc import Callable, Sequence
from pathlib import Path

from liveness.challenge.asked import Asked
from liveness.findings import Analysis, AnalysisRules, AuditFrame, Timeline
from liveness.inspection import Inspection, Samplers, sample_video
from liveness.judgement import judge
from liveness.pad.detector import EvidenceDetector
from liveness.pad.policy import PadPolicy
from liveness.verdict import Action
from liveness.video.reading import video_sha256
from models.comparators.sface import SfaceEmbedder
from models.weights import WeightStore

__all__ = [
    "Analysis",
    "AnalysisRules",
    "AuditFrame",
    "Inspection",
    "Samplers",
    "Timeline",
    "analyse_video",
    "judge",
    "sample_video",
]


def analyse_video(
    path: Path,
    *,
    weights: WeightStore,
    actions: Sequence[Action] = (),
    asked: Asked | None = None,
    progress: Callable[[float], None] | None = None,
    policy: PadPolicy | None = None,
) -> Analysis:
    """Judge a video by what was `asked`, or by plain `actions` once each in this order.

    `progress` is told a share in [0, 1].

    Without a policy the `standard` one decides about attacks. Raises VideoError for what cannot be judged and
    WeightsError where a network is missing.
    """
    asked = asked or Asked.of(actions)
    rules = AnalysisRules()
    detector = EvidenceDetector(policy or PadPolicy.load())
    seen, samplers = sample_video(path, weights=weights, limits=rules.video_for(asked), progress=progress)
    analysis = judge(
        seen,
        asked,
        video_sha256=video_sha256(path),
        rules=rules,
        detector=detector,
        embedder=SfaceEmbedder(weights),
        samplers=samplers,
    )
    if progress is not None:
        progress(1.0)
    return analysis
