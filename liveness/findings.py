"""What an analysis of a video finds, and the rules it goes by."""

from dataclasses import dataclass, field, replace

from liveness.actions.events import ActionRules, MovementCurves
from liveness.challenge.asked import Asked
from liveness.challenge.reactions import Reaction
from liveness.challenge.schedule import Prompt
from liveness.continuity import ContinuityLimits, Drift
from liveness.pad.detector import Evidence
from liveness.quality.admission import QualityLimits
from liveness.quality.curves import QualityCurves
from liveness.quality.portrait_frame import PortraitFrame
from liveness.verdict import ActionEvent, PadDecision, Reason, Verdict
from liveness.video.limits import VideoLimits
from models.comparison import Probe


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
