"""A whole live check on made pictures, in a time of its own: a busy machine changes nothing."""

from collections.abc import Callable, Sequence

import pytest

from liveness.analysis import Analysis, Inspection
from liveness.challenge.asked import Asked
from liveness.challenge.challenge import Step
from liveness.live.analysis import LiveAnalysis, LiveParts
from liveness.live.happenings import Finished, Happening, Progressed, Prompted
from liveness.pad.detector import EvidenceDetector
from liveness.pad.policy import PadPolicy
from liveness.verdict import Action, Outcome, Profile
from liveness.video.pushing import PushedVideo
from models.comparators.sface import SfaceEmbedder
from models.weights import WeightStore
from tests.api.streaming.puppet import CHUNK_S, FRAME_S, LONGEST_S, Recorder, frame_at

pytestmark = pytest.mark.slow

STEPS = (Step(Action.MOUTH, pause_ms=700), Step(Action.NOD, pause_ms=1100), Step(Action.BLINK, pause_ms=900))
BEGAN_MS = 500_000.0
NETWORK_MS = 90.0
Told = list[tuple[float, Happening]]


def check(
    weights: WeightStore,
    reacts: Callable[[Prompted], float | None],
    plays: Sequence[tuple[float, Action]] = (),
) -> tuple[Analysis, Told]:
    """Film, send and judge: frames arrive as they are taken, prompts are seen a moment later."""
    movements, told, stop_s = list(plays), Told(), LONGEST_S
    recorder, embedder, now_s, sent_s = Recorder(), SfaceEmbedder(weights), 0.0, 0.0
    with Inspection(weights, embedder=embedder) as inspection, PushedVideo() as video:
        parts = LiveParts(inspection, EvidenceDetector(PadPolicy.load("synthetic")), embedder)
        live = LiveAnalysis(Asked(STEPS, Profile.TIMED), parts)
        while now_s < stop_s:
            recorder.take(round(1000 * now_s), frame_at(now_s, movements))
            if now_s - sent_s >= CHUNK_S:
                sent_s, arrived_ms = now_s, BEGAN_MS + 1000 * now_s + NETWORK_MS
                video.push(recorder.piece())
                for frame in video.frames(live.wants):
                    live.see(frame, arrived_ms=arrived_ms)
            for happening in live.tell(BEGAN_MS + 1000 * now_s + NETWORK_MS):
                told.append((now_s, happening))
                if isinstance(happening, Prompted) and (delay_s := reacts(happening)) is not None:
                    movements.append((now_s + 2 * NETWORK_MS / 1000 + delay_s, happening.action))
                if isinstance(happening, Finished):
                    stop_s = now_s + 0.3
            now_s += FRAME_S
        video.push(recorder.stop())
        video.end()
        for frame in video.frames(live.wants):
            live.see(frame, arrived_ms=BEGAN_MS + 1000 * now_s + NETWORK_MS)
        return live.judge(video, video_sha256="0" * 64), told


def test_who_does_what_is_asked_when_it_is_asked_passes(weights: WeightStore) -> None:
    analysis, told = check(weights, lambda asked: [0.4, 0.7, 0.55][asked.number - 1])
    assert analysis.verdict.outcome is Outcome.PASSED, analysis.verdict.reasons
    assert analysis.verdict.profile is Profile.TIMED
    seen = [
        happening.action
        for _, happening in told
        if isinstance(happening, Progressed) and happening.share == 1
    ]
    assert seen == [step.action for step in STEPS]
    assert all(reaction.event is not None for reaction in analysis.reactions)


def test_a_recording_in_the_right_order_that_ignores_the_prompts_does_not_pass(weights: WeightStore) -> None:
    plays = [(1.4, Action.MOUTH), (3.6, Action.NOD), (5.6, Action.BLINK)]
    analysis, _ = check(weights, lambda _asked: None, plays)
    assert analysis.verdict.outcome is Outcome.FAILED
    assert any(reason.code.startswith("reaction.") for reason in analysis.verdict.reasons)
