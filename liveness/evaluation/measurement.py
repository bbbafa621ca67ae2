"""One clip through the same analysis as the service's, with what it cost. Runs in a process of its own."""

import math
import resource
import time
from pathlib import Path
from typing import Final

from liveness.analysis import Analysis, AnalysisRules, judge, sample_video
from liveness.challenge.asked import Asked
from liveness.errors import VideoError
from liveness.evaluation.answers import (
    ORDERS,
    Answer,
    ClipAnswer,
    ClipFacts,
    Cost,
    JudgedOrder,
    SeenEvidence,
)
from liveness.observation.observer import Observations
from liveness.pad.detector import EvidenceDetector, PadResult
from liveness.pad.policy import PadPolicy
from liveness.quality.admission import frame_rate
from liveness.verdict import Action, PadDecision, Reason
from liveness.video.reading import video_sha256
from models.comparators.sface import SfaceEmbedder
from models.weights import WeightStore

STATUS_FILE: Final = Path("/proc/self/status")
KIB: Final = 1024


def measure_clip(path: Path, weights_dir: Path, policy: str) -> ClipAnswer:
    """Judge a clip as the answer to each of the six orders. Raises WeightsError, UnknownPadPolicy.

    The cost is that of reading, observing and judging it once, as the service does it.
    """
    rules, weights = AnalysisRules(), WeightStore(weights_dir)
    detector = EvidenceDetector(PadPolicy.load(policy))
    embedder = SfaceEmbedder(weights)
    started_s = time.process_time()
    try:
        seen, samplers = sample_video(path, weights=weights, limits=rules.video)
    except VideoError as error:
        return ClipAnswer(Answer.UNREADABLE, (error.code,), cost=_cost(started_s))
    digest = video_sha256(path)

    def judged(actions: tuple[Action, ...]) -> Analysis:
        return judge(
            seen,
            Asked.of(actions),
            video_sha256=digest,
            rules=rules,
            detector=detector,
            embedder=embedder,
            samplers=samplers,
        )

    first = judged(ORDERS[0])
    cost = _cost(started_s)
    analyses = [first, *(judged(order) for order in ORDERS[1:])]
    answer, codes = classify(first)
    return ClipAnswer(
        answer=answer,
        codes=codes,
        remarks=_codes(first.verdict.remarks),
        events=first.timeline.events,
        orders=tuple(
            JudgedOrder(
                actions=analysis.verdict.requested,
                is_shown=all(result.found for result in analysis.verdict.actions),
                outcome=analysis.verdict.outcome,
            )
            for analysis in analyses
        ),
        pad_alone=first.pad_alone,
        evidence=tuple(
            SeenEvidence(
                name=item.name,
                measured=math.nan if item.measured is None else float(item.measured),
                finding=item.finding.value,
                weight=item.weight.value,
            )
            for item in first.evidence
        ),
        facts=_facts(seen),
        cost=cost,
    )


def classify(analysis: Analysis) -> tuple[Answer, tuple[str, ...]]:
    """Put an analysis in the words of the rates, without regard to the actions it was asked for."""
    if analysis.refusals:
        return Answer.REFUSED, _codes(analysis.refusals)
    if analysis.breaches:
        return Answer.PERSON_CHANGED, _codes(analysis.breaches)
    reasons = _codes(PadResult(analysis.pad_alone, analysis.evidence).reasons)
    if analysis.pad_alone is PadDecision.ATTACK_PRESENTATION:
        return Answer.ATTACK, reasons or ("pad.attack_presentation",)
    if analysis.pad_alone is PadDecision.INCONCLUSIVE:
        return Answer.INCONCLUSIVE, reasons or ("pad.inconclusive",)
    return Answer.BONA_FIDE, ()


def _codes(reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason.code for reason in reasons))


def peak_memory_mb() -> float:
    """The most memory this process ever held, in 10^6 bytes.

    Linux tells it for the program that runs now; `getrusage` may still know the one it was started from.
    """
    if STATUS_FILE.exists():
        for line in STATUS_FILE.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * KIB / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB / 1e6


def _cost(started_s: float) -> Cost:
    return Cost(cpu_s=time.process_time() - started_s, peak_mb=peak_memory_mb())


def _facts(seen: Observations) -> ClipFacts:
    facts = seen.facts
    return ClipFacts(
        container=facts.container,
        codec=facts.codec,
        width=facts.width,
        height=facts.height,
        fps=round(frame_rate(seen), 2),
        duration_s=seen.duration_ms / 1000,
    )
