"""How the parts of a judgement become one verdict."""

from dataclasses import replace

import numpy as np
import pytest

from liveness.analysis import AnalysisRules, analyse_video, judge
from liveness.challenge.asked import Asked
from liveness.continuity import FaceSight, FaceWatch
from liveness.errors import VideoTooShort
from liveness.pad.detector import Evidence, EvidenceDetector, PadResult
from liveness.pad.policy import Finding, PadPolicy, Weight
from liveness.quality.framing import Framing
from liveness.synthesis import astronaut as portrait
from liveness.verdict import Action, Outcome, PadDecision
from models.landmarks import BLENDSHAPES, FaceObservation
from tests.liveness.builders import GOOD, make_observations, make_samplers, make_samples
from tests.liveness.continuity.heads import EmbedBrightness, paint_heads
from tests.liveness.video.test_reading import write_video

NOD, MOUTH, BLINK = Action.NOD, Action.MOUTH, Action.BLINK
ASKED = (NOD, MOUTH, BLINK)
MOVING = make_samples(seconds=8, nods=[(1.0, 2.1, 16)], mouths=[(3.0, 4.2, 1)], blinks=[(5.5, 6.0, 1)])
LIGHT = {range(1000): 200}


class FixedDetector:
    """Decides as it is told."""

    policy_version = "fixed-1"

    def __init__(self, decision: PadDecision) -> None:
        finding = {
            PadDecision.BONA_FIDE: Finding.CLEAR,
            PadDecision.INCONCLUSIVE: Finding.DOUBTFUL,
            PadDecision.ATTACK_PRESENTATION: Finding.ATTACK,
        }[decision]
        self._result = PadResult(decision, (Evidence("cut", 1.0, finding, Weight.GATES),))

    def detect(self, presentation):
        return self._result


def verdict_on(seen, *, actions=ASKED, detector=None):
    return judge(
        seen,
        Asked.of(actions),
        video_sha256="0" * 64,
        rules=AnalysisRules(),
        detector=detector or EvidenceDetector(PadPolicy.load()),
        embedder=EmbedBrightness(),
        samplers=make_samplers(seen),
    ).verdict


def observed(samples=MOVING, levels=LIGHT, **given):
    return paint_heads(make_observations(samples, **given), levels)


def test_all_is_well():
    verdict = verdict_on(observed())
    assert verdict.outcome is Outcome.PASSED
    assert verdict.reasons == ()
    assert verdict.policy_version == "standard-4"


def test_a_missing_action_fails():
    verdict = verdict_on(observed(make_samples(seconds=8, nods=[(1.0, 2.1, 16)])), actions=(NOD, BLINK))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.pad is PadDecision.BONA_FIDE
    assert [reason.code for reason in verdict.reasons] == ["action.blink.not_seen"]


def test_an_attack_fails_though_every_action_is_there():
    verdict = verdict_on(observed(flat=True))
    assert verdict.outcome is Outcome.FAILED
    assert all(result.found for result in verdict.actions)
    assert [reason.code for reason in verdict.reasons] == ["pad.planar_motion"]


def test_a_refusal_of_quality_is_undecided_and_never_counts_as_a_detected_attack():
    verdict = verdict_on(observed(flat=True, quality=replace(GOOD, light=20.0)))
    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.pad is PadDecision.INCONCLUSIVE
    assert [reason.code for reason in verdict.reasons] == ["quality.too_dark"]


def test_a_second_face_is_undecided():
    verdict = verdict_on(observed(rivals_ms=(1000, 1500, 2000)))
    assert verdict.outcome is Outcome.UNDECIDED


def test_an_exchanged_person_fails():
    verdict = verdict_on(observed(levels={range(80): 200, range(80, 1000): 40}))
    assert verdict.outcome is Outcome.FAILED
    assert [reason.code for reason in verdict.reasons] == ["continuity.person_changed"]


def test_a_doubt_about_an_attack_is_undecided():
    verdict = verdict_on(observed(), detector=FixedDetector(PadDecision.INCONCLUSIVE))
    assert verdict.outcome is Outcome.UNDECIDED
    assert [reason.code for reason in verdict.reasons] == ["pad.cut"]


def test_without_a_neutral_frame_nothing_passes():
    turned = [replace(sample, yaw_deg=40.0) for sample in MOVING]
    verdict = verdict_on(observed(turned), detector=FixedDetector(PadDecision.BONA_FIDE))
    assert verdict.outcome is Outcome.UNDECIDED
    assert [reason.code for reason in verdict.reasons] == ["quality.no_neutral_frame"]


def test_nothing_asked_is_no_question():
    with pytest.raises(ValueError, match="at least one action"):
        verdict_on(observed(), actions=())


@pytest.mark.slow
def test_a_clip_without_a_face_is_undecided(tmp_path, weights):
    path = write_video(tmp_path / "clip.mp4", seconds=3.0)
    analysis = analyse_video(path, actions=(NOD,), weights=weights)
    assert analysis.verdict.outcome is Outcome.UNDECIDED
    assert [reason.code for reason in analysis.verdict.reasons] == ["quality.no_face", "action.nod.not_seen"]


@pytest.mark.slow
def test_a_clip_of_a_second_is_too_short(tmp_path, weights):
    with pytest.raises(VideoTooShort):
        analyse_video(write_video(tmp_path / "clip.mp4", seconds=1.0), actions=(NOD,), weights=weights)


@pytest.mark.slow
def test_progress_grows_to_the_end(tmp_path, weights):
    told: list[float] = []
    path = write_video(tmp_path / "clip.webm", codec="libvpx", seconds=2.5, options={"live": "1"})
    analyse_video(path, actions=(NOD,), weights=weights, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_glasses_that_shine_are_told_beside_a_blink_that_was_not_seen():
    seen = observed(make_samples(seconds=8, nods=[(1.0, 2.1, 16)]))
    samplers = make_samplers(seen)
    samplers.framing.readings[:] = [Framing(note.time_ms, glare=0.2) for note in seen.notes]
    judged = judge(
        seen,
        Asked.of((NOD, BLINK)),
        video_sha256="0" * 64,
        rules=AnalysisRules(),
        detector=EvidenceDetector(PadPolicy.load()),
        embedder=EmbedBrightness(),
        samplers=samplers,
    )
    assert [reason.code for reason in judged.verdict.reasons] == ["action.blink.not_seen", "quality.glare"]
    assert [remark.code for remark in judged.verdict.remarks] == ["quality.glare"]


def test_looks_taken_in_the_pass_decide_about_the_person_and_nothing_is_embedded_again():
    seen = observed()
    embedder = EmbedBrightness()
    watch = FaceWatch(embedder)
    one, other = np.eye(128, dtype=np.float32)[:2]
    watch.sights[:] = [FaceSight(0, one), FaceSight(2000, one), FaceSight(3500, other), FaceSight(6000, one)]
    samplers = replace(make_samplers(seen), faces=watch)
    judged = judge(
        seen,
        Asked.of(ASKED),
        video_sha256="0" * 64,
        rules=AnalysisRules(),
        detector=EvidenceDetector(PadPolicy.load()),
        embedder=embedder,
        samplers=samplers,
    )
    assert judged.verdict.outcome is Outcome.FAILED
    assert [(reason.code, reason.at_ms) for reason in judged.breaches] == [
        ("continuity.person_changed", 3500)
    ]
    assert embedder.asked == 1


@pytest.mark.parametrize(("frames_decoded", "asked"), [(20, 0), (200, 2)])
def test_faces_of_a_video_that_is_refused_are_not_embedded_any_more(frames_decoded, asked):
    embedder = EmbedBrightness()
    watch = FaceWatch(embedder)
    seen = observed(frames_decoded=frames_decoded)
    face = FaceObservation(
        portrait().points.astype(np.float32), np.zeros(BLENDSHAPES, np.float32), 0.0, 0.0, 0.0
    )
    picture = np.full((1000, 1000, 3), 200, np.uint8)
    watch.look(0, picture, None)
    watch.look(400, picture, face)
    judged = judge(
        seen,
        Asked.of(ASKED),
        video_sha256="0" * 64,
        rules=AnalysisRules(),
        detector=EvidenceDetector(PadPolicy.load()),
        embedder=None,
        samplers=replace(make_samplers(seen), faces=watch),
    )
    assert bool(judged.refusals) is not bool(asked)
    assert embedder.asked == asked


def test_the_compared_picture_must_be_of_the_person_who_did_the_movements():
    seen = observed()
    one, other = np.eye(128, dtype=np.float32)[:2]
    for vector, outcome in ((one, Outcome.PASSED), (other, Outcome.FAILED)):
        watch = FaceWatch(EmbedBrightness())
        watch.sights[:] = [FaceSight(at_ms, vector) for at_ms in (0, 2000, 4000, 6000)]
        judged = judge(
            seen,
            Asked.of(ASKED),
            video_sha256="0" * 64,
            rules=AnalysisRules(),
            detector=EvidenceDetector(PadPolicy.load()),
            embedder=None,
            samplers=replace(make_samplers(seen), faces=watch),
        )
        assert judged.verdict.outcome is outcome


def test_where_nobody_looked_who_it_was_nothing_passes():
    seen = observed()
    judged = judge(
        seen,
        Asked.of(ASKED),
        video_sha256="0" * 64,
        rules=AnalysisRules(),
        detector=EvidenceDetector(PadPolicy.load()),
        embedder=None,
        samplers=make_samplers(seen),
    )
    assert judged.verdict.outcome is Outcome.UNDECIDED
    assert [reason.code for reason in judged.verdict.reasons] == ["continuity.unmeasured"]
