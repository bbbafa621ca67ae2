"""The whole judgement of one video: read, observe, find actions, check quality, continuity and attack."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from liveness.actions.events import ActionRules, MovementCurves, find_events, movement_curves
from liveness.challenge.answering import Answer, judge_answer
from liveness.challenge.asked import Asked
from liveness.challenge.reactions import Reaction
from liveness.challenge.schedule import Prompt
from liveness.continuity import (
    ContinuityLimits,
    Drift,
    FaceWatch,
    Sightings,
    add_sight,
    find_sights,
    judge_continuity,
)
from liveness.errors import VideoTooShort
from liveness.observation.observer import Observations, Observer, observe
from liveness.observation.sampling import FrameSampler
from liveness.pad.detector import Evidence, EvidenceDetector, PresentationAttackDetector
from liveness.pad.policy import PadPolicy
from liveness.pad.presentation import Presentation
from liveness.pad.samplers import PadSamplers
from liveness.quality.admission import QualityLimits, judge_quality
from liveness.quality.curves import QualityCurves, quality_curves
from liveness.quality.framing import FramingWatch
from liveness.quality.portrait_frame import PortraitFrame, choose_portrait
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

    def video_for(self, asked: Asked) -> VideoLimits:
        """The limits of a video that answers this: it may be as long as the windows leave it time."""
        return replace(self.video, max_seconds=max(self.video.max_seconds, asked.longest_s))


@dataclass(slots=True)
class Samplers:
    """Those who look at the pixels of one clip in the one pass over it; new ones for every clip."""

    framing: FramingWatch = field(default_factory=FramingWatch)
    pad: PadSamplers = field(default_factory=PadSamplers)
    faces: FaceWatch | None = None

    @property
    def all(self) -> tuple[FrameSampler, ...]:
        return (self.framing, self.pad, *((self.faces,) if self.faces is not None else ()))


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
    quality: QualityCurves | None = None
    drift: tuple[Drift, ...] = ()
    prompts: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """A verdict with what led to it. probe is None where no frame is fit to be compared.

    refusals and breaches are those of quality and continuity; pad_alone is what attack detection decided
    before a refusal made the verdict inconclusive. reactions: one for each prompt of a `timed` challenge.
    """

    verdict: Verdict
    probe: Probe | None
    timeline: Timeline
    audit_frames: tuple[AuditFrame, ...]
    evidence: tuple[Evidence, ...]
    refusals: tuple[Reason, ...]
    breaches: tuple[Reason, ...]
    pad_alone: PadDecision
    reactions: tuple[Reaction, ...] = ()
    portrait: PortraitFrame | None = None


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

        observe(video.frames(inspection.observer.wants), inspection.observer, progress=tell)
        seen = inspection.observations(
            video.facts, duration_ms=video.duration_ms, frames_decoded=video.frames_decoded
        )
        return seen, inspection.samplers


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

    def observations(self, facts: VideoFacts, *, duration_ms: int, frames_decoded: int) -> Observations:
        """What was seen of a clip that is whole. Raises VideoTooShort."""
        if duration_ms < SHORTEST_MS or len(self.observer.notes) < LEAST_FRAMES:
            raise VideoTooShort
        return self.observer.observations(facts, duration_ms=duration_ms, frames_decoded=frames_decoded)


def judge(
    seen: Observations,
    asked: Asked,
    *,
    video_sha256: str,
    rules: AnalysisRules,
    detector: PresentationAttackDetector,
    embedder: FaceEmbedder | None,
    samplers: Samplers | None = None,
) -> Analysis:
    """Make a verdict of what was observed, by what was asked.

    1. Quality and continuity: a refusal leaves the verdict undecided, and attack detection inconclusive.
    2. Attack detection and exchange of the person: an attack fails.
    3. The challenge: a movement that is missing, out of order or out of time fails; prompts that were never
       shown leave the verdict undecided.
    4. A doubt of attack detection or about who was there, or no neutral frame, leaves the verdict undecided.
    """
    events = find_events(seen.signals, rules.actions)
    answer = judge_answer(asked, events, seen.signals, rules.actions)
    matched = tuple(result.event for result in answer.results if result.event is not None)
    portrait = choose_portrait(seen, events, matched)
    framings = samplers.framing.readings if samplers is not None else ()
    refusals, remarks = judge_quality(seen, rules.quality, framings=framings)
    sightings = _sightings(seen, samplers, None if refusals else embedder, portrait)
    continuity = judge_continuity(seen, rules.continuity, sightings=sightings, matched=matched)
    refusals = (*refusals, *continuity.refusals)
    watched = samplers.pad if samplers is not None else None
    pad = detector.detect(Presentation(seen, events, watched, answer.reactions))
    decision = PadDecision.INCONCLUSIVE if refusals else pad.decision
    outcome, reasons = _conclude(
        refusals=refusals,
        breaches=continuity.breaches,
        pad=decision,
        pad_reasons=pad.reasons,
        doubts=continuity.doubts,
        answer=answer,
        has_neutral=portrait is not None,
    )
    reasons = (*reasons, *_unseen_eyes(answer.results, remarks))
    verdict = Verdict(
        outcome=outcome,
        pad=decision,
        requested=asked.sequence,
        actions=answer.results,
        reasons=reasons,
        remarks=remarks,
        profile=asked.profile,
        video_sha256=video_sha256,
        duration_ms=seen.duration_ms,
        frames_analysed=len(seen.notes),
        best_frame_ms=portrait.note.time_ms if portrait is not None else None,
        policy_version=detector.policy_version,
    )
    return Analysis(
        verdict=verdict,
        probe=portrait.probe if portrait is not None else None,
        timeline=replace(
            _timeline(seen, events, rules),
            quality=quality_curves(seen, framings),
            drift=continuity.drift,
            prompts=asked.schedule.prompts if asked.schedule is not None else (),
        ),
        audit_frames=_audit_frames(seen, answer.results, verdict.best_frame_ms),
        evidence=pad.evidence,
        refusals=refusals,
        breaches=continuity.breaches,
        pad_alone=pad.decision,
        reactions=answer.reactions,
        portrait=portrait,
    )


def _conclude(
    *,
    refusals: tuple[Reason, ...],
    breaches: tuple[Reason, ...],
    pad: PadDecision,
    pad_reasons: tuple[Reason, ...],
    doubts: tuple[Reason, ...],
    answer: Answer,
    has_neutral: bool,
) -> tuple[Outcome, tuple[Reason, ...]]:
    if refusals:
        return Outcome.UNDECIDED, (*refusals, *answer.refusals, *answer.faults)
    if pad is PadDecision.ATTACK_PRESENTATION or breaches:
        return Outcome.FAILED, (*breaches, *pad_reasons, *answer.faults)
    if answer.refusals:
        return Outcome.UNDECIDED, (*answer.refusals, *answer.faults)
    if answer.faults:
        return Outcome.FAILED, answer.faults
    if pad is not PadDecision.BONA_FIDE:
        return Outcome.UNDECIDED, (*pad_reasons, *doubts)
    if not has_neutral:
        return Outcome.UNDECIDED, (Reason("quality.no_neutral_frame"),)
    if doubts:
        return Outcome.UNDECIDED, doubts
    return Outcome.PASSED, ()


def _sightings(
    seen: Observations,
    samplers: Samplers | None,
    embedder: FaceEmbedder | None,
    portrait: PortraitFrame | None,
) -> Sightings:
    """The looks at the face that were taken in the pass, or else taken now of the heads that were kept.

    The picture that will be compared is one of them: nobody is slipped in between.
    """
    if samplers is not None and samplers.faces is not None:
        watch = samplers.faces
        if portrait is None:
            return watch.sightings
        return watch.with_portrait(portrait.note.time_ms, portrait.probe)
    if embedder is None:
        return Sightings()
    sights = find_sights(seen, embedder)
    return sights if portrait is None else add_sight(sights, portrait.note.time_ms, portrait.probe, embedder)


def _unseen_eyes(results: tuple[ActionResult, ...], remarks: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Why a blink may not have been found: glasses that shine."""
    if all(result.found for result in results if result.action is Action.BLINK):
        return ()
    return tuple(remark for remark in remarks if remark.code == "quality.glare")


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
