"""The whole judgement of one video: read, observe, find actions, check quality, continuity and attack."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from liveness.actions.events import ActionRules, MovementCurves, find_events, movement_curves
from liveness.actions.ordering import match_in_order
from liveness.continuity import ContinuityLimits, judge_continuity
from liveness.errors import VideoTooShort
from liveness.observation.observer import Observations, Observer, observe
from liveness.observation.sampling import FrameSampler
from liveness.pad.detector import Evidence, MotionDetector, PresentationAttackDetector
from liveness.pad.policy import PadPolicy
from liveness.quality.admission import QualityLimits, judge_quality
from liveness.quality.framing import FramingWatch
from liveness.quality.portrait_frame import choose_neutral
from liveness.verdict import Action, ActionEvent, ActionResult, Outcome, PadDecision, Reason, Verdict
from liveness.video.reading import Video, VideoFacts, VideoLimits, video_sha256
from models.comparators.sface import SfaceEmbedder
from models.comparison import FaceEmbedder, Probe
from models.detection import FaceDetector
from models.landmarks import FaceLandmarker
from models.weights import WeightStore

SHORTEST_MS: Final = 2000
LEAST_FRAMES: Final = 8
EXPECTED_MS: Final = 10_000
"""Length taken for the progress of a video that does not declare its own."""

OBSERVING_SHARE: Final = 0.95


@dataclass(frozen=True, slots=True)
class AnalysisRules:
    """Every threshold of an analysis in one value."""

    video: VideoLimits = field(default_factory=VideoLimits)
    actions: ActionRules = field(default_factory=ActionRules)
    quality: QualityLimits = field(default_factory=QualityLimits)
    continuity: ContinuityLimits = field(default_factory=ContinuityLimits)


@dataclass(slots=True)
class Samplers:
    """Those who look at the pixels of one clip in the one pass over it; new ones for every clip."""

    framing: FramingWatch = field(default_factory=FramingWatch)

    @property
    def all(self) -> tuple[FrameSampler, ...]:
        return (self.framing,)


@dataclass(frozen=True, slots=True)
class AuditFrame:
    """One picture kept for the reviewer. role: `neutral`, `start`, `end`, or the value of an Action."""

    time_ms: int
    role: str
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened when, for the reviewer's plot."""

    curves: MovementCurves
    events: tuple[ActionEvent, ...]
    unseen_ms: tuple[int, ...]
    rivals_ms: tuple[int, ...]
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """A verdict with what led to it. probe is None where no frame is fit to be compared.

    refusals and breaches are those of quality and continuity; pad_alone is what attack detection decided
    before a refusal made the verdict's decision inconclusive.
    """

    verdict: Verdict
    probe: Probe | None
    timeline: Timeline
    audit_frames: tuple[AuditFrame, ...]
    evidence: tuple[Evidence, ...]
    refusals: tuple[Reason, ...]
    breaches: tuple[Reason, ...]
    pad_alone: PadDecision


def analyse_video(
    path: Path,
    *,
    actions: Sequence[Action],
    weights: WeightStore,
    profile: str = "ordered",
    progress: Callable[[float], None] | None = None,
    policy: PadPolicy | None = None,
) -> Analysis:
    """Judge a video that was asked to show `actions` in this order; `progress` is told a share in [0, 1].

    Without a policy the `standard` one decides about attacks. Raises VideoError for what cannot be judged and
    WeightsError where a network is missing.
    """
    rules = AnalysisRules()
    detector = MotionDetector(policy or PadPolicy.load())
    seen, samplers = sample_video(path, weights=weights, limits=rules.video, progress=progress)
    analysis = judge(
        seen,
        actions=actions,
        profile=profile,
        video_sha256=video_sha256(path),
        rules=rules,
        detector=detector,
        embedder=SfaceEmbedder(weights),
        samplers=samplers,
    )
    if progress is not None:
        progress(1.0)
    return analysis


def observe_video(
    path: Path,
    *,
    weights: WeightStore,
    limits: VideoLimits,
    progress: Callable[[float], None] | None = None,
) -> Observations:
    """The observations of `sample_video` without the samplers. Raises VideoError, WeightsError."""
    return sample_video(path, weights=weights, limits=limits, progress=progress)[0]


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

        observe(video.frames(), inspection.observer, progress=tell)
        seen = inspection.observations(
            video.facts, duration_ms=video.duration_ms, frames_decoded=video.frames_decoded
        )
        return seen, inspection.samplers


class Inspection:
    """One clip while it is looked at, the same for a file and for a stream that still runs. Use it by `with`.

    Raises WeightsError where a network is missing.
    """

    def __init__(self, weights: WeightStore) -> None:
        self.samplers = Samplers()
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

    def observations(self, facts: VideoFacts, *, duration_ms: int, frames_decoded: int) -> Observations:
        """What was seen of a clip that is whole. Raises VideoTooShort."""
        if duration_ms < SHORTEST_MS or len(self.observer.notes) < LEAST_FRAMES:
            raise VideoTooShort
        return self.observer.observations(facts, duration_ms=duration_ms, frames_decoded=frames_decoded)


def judge(  # noqa: PLR0913  everything a verdict is made of, by name
    seen: Observations,
    *,
    actions: Sequence[Action],
    profile: str,
    video_sha256: str,
    rules: AnalysisRules,
    detector: PresentationAttackDetector,
    embedder: FaceEmbedder | None,
    samplers: Samplers | None = None,
) -> Analysis:
    """Make a verdict of what was observed.

    1. Quality and continuity: a refusal leaves the verdict undecided, and attack detection inconclusive.
    2. Attack detection and exchange of the person: an attack fails.
    3. Actions: one that is missing fails.
    4. A doubt of attack detection, or no neutral frame, leaves the verdict undecided.
    """
    if not actions:
        raise ValueError("at least one action must be asked for")
    events = find_events(seen.signals, rules.actions)
    results = match_in_order(actions, events, seen.signals, rules.actions)
    matched = tuple(result.event for result in results if result.event is not None)
    neutral = choose_neutral(seen, events, matched)
    framings = samplers.framing.readings if samplers is not None else ()
    refusals, remarks = judge_quality(seen, rules.quality, framings=framings)
    continuity = judge_continuity(seen, rules.continuity, embedder=None if refusals else embedder)
    refusals = (*refusals, *continuity.refusals)
    pad = detector.detect(seen, events)
    decision = PadDecision.INCONCLUSIVE if refusals else pad.decision
    outcome, reasons = _conclude(
        refusals=refusals,
        breaches=continuity.breaches,
        pad=decision,
        pad_reasons=pad.reasons,
        results=results,
        has_neutral=neutral is not None,
    )
    verdict = Verdict(
        outcome=outcome,
        pad=decision,
        requested=tuple(actions),
        actions=results,
        reasons=reasons,
        remarks=remarks,
        profile=profile,
        video_sha256=video_sha256,
        duration_ms=seen.duration_ms,
        frames_analysed=len(seen.notes),
        best_frame_ms=neutral.time_ms if neutral is not None else None,
        policy_version=detector.policy_version,
    )
    return Analysis(
        verdict=verdict,
        probe=neutral.head.probe() if neutral is not None and neutral.head is not None else None,
        timeline=_timeline(seen, events, rules),
        audit_frames=_audit_frames(seen, results, verdict.best_frame_ms),
        evidence=pad.evidence,
        refusals=refusals,
        breaches=continuity.breaches,
        pad_alone=pad.decision,
    )


def _conclude(
    *,
    refusals: tuple[Reason, ...],
    breaches: tuple[Reason, ...],
    pad: PadDecision,
    pad_reasons: tuple[Reason, ...],
    results: tuple[ActionResult, ...],
    has_neutral: bool,
) -> tuple[Outcome, tuple[Reason, ...]]:
    missing = tuple(
        Reason(result.remedy_code, measured=result.best_measured, required=result.required)
        for result in results
        if result.remedy_code is not None
    )
    if refusals:
        return Outcome.UNDECIDED, (*refusals, *missing)
    if pad is PadDecision.ATTACK_PRESENTATION or breaches:
        return Outcome.FAILED, (*breaches, *pad_reasons, *missing)
    if missing:
        return Outcome.FAILED, missing
    if pad is not PadDecision.BONA_FIDE:
        return Outcome.UNDECIDED, pad_reasons
    if not has_neutral:
        return Outcome.UNDECIDED, (Reason("quality.no_neutral_frame"),)
    return Outcome.PASSED, ()


def _timeline(seen: Observations, events: tuple[ActionEvent, ...], rules: AnalysisRules) -> Timeline:
    return Timeline(
        curves=movement_curves(seen.signals, rules.actions),
        events=events,
        unseen_ms=tuple(note.time_ms for note in seen.notes if note.box is None),
        rivals_ms=seen.rivals_ms,
        duration_ms=seen.duration_ms,
    )


def _audit_frames(
    seen: Observations, results: tuple[ActionResult, ...], neutral_ms: int | None
) -> tuple[AuditFrame, ...]:
    wanted = [("start", seen.notes[0].time_ms)]
    wanted += [(result.action.value, result.event.peak_ms) for result in results if result.event is not None]
    wanted += [("neutral", neutral_ms)] if neutral_ms is not None else []
    wanted.append(("end", seen.notes[-1].time_ms))
    frames = []
    for role, time_ms in wanted:
        note = seen.note_at(time_ms)
        if note.head is not None:
            frames.append(AuditFrame(time_ms=note.time_ms, role=role, jpeg=note.head.jpeg))
    return tuple(sorted(frames, key=lambda frame: frame.time_ms))
