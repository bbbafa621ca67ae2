"""A judged clip and the record of its decision, made by hand."""

from datetime import UTC, datetime, timedelta
from functools import cache

from liveness.analysis import Analysis, AnalysisRules, judge
from liveness.challenge.asked import Asked
from liveness.evidence.record import Circumstances, FinalAnswer, sha256_hex, write_record
from liveness.pad.detector import EvidenceDetector
from liveness.pad.policy import PadPolicy
from liveness.verdict import Action
from models.comparison import Comparison, Match
from tests.liveness.builders import make_observations, make_samplers, make_samples
from tests.liveness.continuity.heads import EmbedBrightness, paint_heads

ASKED = Asked.of((Action.NOD, Action.MOUTH, Action.BLINK))
COMPARED = Comparison(Match.MATCHED, 0.71, 0.40, 0.0009, "sface", "1")
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
VIDEO = b"the video of this session"
VIDEO_SHA256 = sha256_hex(VIDEO)


@cache
def make_analysis(asked: Asked = ASKED, *, video_sha256: str = VIDEO_SHA256) -> Analysis:
    """A person who nods, opens the mouth and blinks, judged by what was asked."""
    samples = make_samples(seconds=8, nods=[(1.0, 2.1, 16)], mouths=[(3.0, 4.2, 1)], blinks=[(5.5, 6.0, 1)])
    seen = paint_heads(make_observations(samples), {range(1000): 200})
    return judge(
        seen,
        asked,
        video_sha256=video_sha256,
        rules=AnalysisRules(),
        detector=EvidenceDetector(PadPolicy.load()),
        embedder=EmbedBrightness(),
        samplers=make_samplers(seen),
    )


def circumstances(*, decided_at: datetime = NOW) -> Circumstances:
    return Circumstances(
        session_id="0199-session",
        nonce="nonce-of-the-session",
        person_digest="ab" * 32,
        opened_at=decided_at - timedelta(minutes=1),
        decided_at=decided_at,
        service_version="0.1.0",
        models={"face_landmarker": "cd" * 32, "sface": "ef" * 32},
    )


def make_record(analysis: Analysis, *, decided_at: datetime = NOW) -> bytes:
    """The record of a pass with a match."""
    outcome = analysis.verdict.outcome
    answer = FinalAnswer(outcome, analysis.verdict.reasons, COMPARED)
    return write_record(analysis, ASKED, circumstances(decided_at=decided_at), answer, b"{}")
