"""Labelled clips and answers for the counting rules, built by hand."""

from liveness.evaluation.answers import ORDERS, Answer, ClipAnswer, ClipFacts, Cost, JudgedOrder
from liveness.evaluation.counting import ClipResult
from liveness.evaluation.labels import LabelledClip, Movement
from liveness.verdict import Action, ActionEvent, Outcome, PadDecision

PAD_OF = {Answer.ATTACK: PadDecision.ATTACK_PRESENTATION, Answer.BONA_FIDE: PadDecision.BONA_FIDE}


def event(action: Action, start_s: float, end_s: float) -> ActionEvent:
    start_ms, end_ms = round(1000 * start_s), round(1000 * end_s)
    return ActionEvent(action, start_ms, (start_ms + end_ms) // 2, end_ms, 1.0, 0.5, "ratio")


def make_clip(
    file="clip.mp4", kind="bona_fide", *events: Movement, expects_refusal=False, unlabelled=(), **more
):
    return LabelledClip(
        file=file,
        kind=kind,
        events=events,
        expects_refusal=expects_refusal,
        unlabelled=frozenset(unlabelled),
        **more,
    )


def make_answer(
    answer=Answer.BONA_FIDE,
    *events: ActionEvent,
    shown=0,
    passed=0,
    pad: PadDecision | None = None,
    duration_s=10.0,
    cpu_s=2.0,
    peak_mb=300.0,
):
    """An answer whose first `shown` orders are shown and whose first `passed` orders pass."""
    orders = tuple(
        JudgedOrder(order, number < shown, Outcome.PASSED if number < passed else Outcome.FAILED)
        for number, order in enumerate(ORDERS)
    )
    return ClipAnswer(
        answer=answer,
        codes=() if answer is Answer.BONA_FIDE else (f"because.{answer}",),
        events=events,
        orders=orders if answer not in {Answer.FAILED, Answer.UNREADABLE} else (),
        pad_alone=pad or PAD_OF.get(answer, PadDecision.INCONCLUSIVE),
        facts=ClipFacts("mp4", "h264", 480, 640, 30.0, duration_s),
        cost=Cost(cpu_s, peak_mb),
    )


def make_result(clip: LabelledClip | None = None, answer: ClipAnswer | None = None) -> ClipResult:
    return ClipResult(clip or make_clip(), answer or make_answer())
