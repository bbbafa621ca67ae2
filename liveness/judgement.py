"""The verdict on a video that was inspected, by what was asked; arithmetic on what was kept of it."""

from dataclasses import replace

from liveness.actions.events import find_events, movement_curves
from liveness.challenge.answering import Answer, judge_answer
from liveness.challenge.asked import Asked
from liveness.continuity import Sightings, add_sight, find_sights, judge_continuity
from liveness.findings import Analysis, AnalysisRules, AuditFrame, Timeline
from liveness.inspection import Samplers
from liveness.observation.observer import Observations
from liveness.pad.detector import PresentationAttackDetector
from liveness.pad.presentation import Presentation
from liveness.quality.admission import judge_quality
from liveness.quality.curves import quality_curves
from liveness.quality.portrait_frame import PortraitFrame, choose_portrait
from liveness.verdict import Action, ActionEvent, ActionResult, Outcome, PadDecision, Reason, Verdict
from models.comparison import FaceEmbedder


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
    sightings = _known_so_far(samplers) if refusals else _sightings(seen, samplers, embedder, portrait)
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


def _known_so_far(samplers: Samplers | None) -> Sightings:
    """The looks that were taken of a clip that is refused: who was there changes nothing any more."""
    watch = samplers.faces if samplers is not None else None
    return Sightings() if watch is None else watch.sightings


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
        watch.catch_up()
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
        head = seen.head_at(time_ms)
        if head is not None:
            frames.append(AuditFrame(time_ms=head.time_ms, role=role, jpeg=head.jpeg))
    return tuple(sorted(frames, key=lambda frame: frame.time_ms))
