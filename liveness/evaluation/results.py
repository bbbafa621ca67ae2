"""An evaluation as plain data, as `--json` writes it. The keys are documented in docs/guide/evaluation.md."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from liveness.evaluation.answers import ClipAnswer, SeenEvidence
from liveness.evaluation.counting import BonaFideCount, ClipResult, PadAlone, SpeciesCount, Summary
from liveness.evaluation.faces import ComparisonScores, Errors, ScoredPair
from liveness.evaluation.findings import Split, counts_by_finding, finding_of, splits_of, worst_first
from liveness.evaluation.intervals import CONFIDENCE, Rate
from liveness.evaluation.labels import OTHER, LabelledClip
from liveness.evaluation.matching import TOLERANCE_S, Score
from liveness.evaluation.tags import tags_of_clip
from liveness.verdict import STANDARD_ACTIONS, ActionEvent

FORMAT: Final = "novisit-evaluation/1"
MOST_DET_POINTS: Final = 200


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was measured on one folder.

    stills: pictures among the labels, which are not judged. corrections: other labels for some of the clips,
    by which their events are scored a second time, beside the first.
    """

    name: str
    version: str
    policy: str
    results: tuple[ClipResult, ...]
    stills: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    backend: str = ""
    thresholds: tuple[float, ...] = ()
    pairs: tuple[ScoredPair, ...] = field(default=(), repr=False)
    corrections: tuple[LabelledClip, ...] = ()

    @property
    def corrected(self) -> tuple[ClipResult, ...]:
        """The results once more, by the corrected labels where a clip has some."""
        by_file = {clip.file: clip for clip in self.corrections}
        return tuple(
            replace(result, clip=by_file.get(result.clip.file, result.clip)) for result in self.results
        )


def as_data(evaluation: Evaluation) -> dict[str, Any]:
    """Everything as JSON can hold it; a rate of nothing is null."""
    summary = Summary.of(evaluation.results)
    ordered = worst_first(evaluation.results)
    return {
        "format": FORMAT,
        "name": evaluation.name,
        "novisit": evaluation.version,
        "policy": evaluation.policy,
        "confidence": CONFIDENCE,
        "tolerance_s": TOLERANCE_S,
        **summary_data(summary),
        "corrected": _corrected_data(evaluation) if evaluation.corrections else None,
        "cost": cost_data([result.answer for result in evaluation.results]),
        "expected_refusals": [
            {"file": item.file, "why": item.why, "refused": item.refused, "by": list(item.by)}
            for item in summary.expected
        ],
        "findings": {finding.value: n for finding, n in counts_by_finding(evaluation.results).items() if n},
        "left_out": {
            "stills": list(evaluation.stills),
            "other": [result.clip.file for result in evaluation.results if result.clip.kind == OTHER],
        },
        "comparison": comparison_data(evaluation) if evaluation.pairs else None,
        "splits": [_split_data(split) for split in splits_of(evaluation.results)],
        "clips": [clip_data(result) for result in ordered],
        "remarks": list(evaluation.remarks),
    }


def summary_data(summary: Summary) -> dict[str, Any]:
    """The rates of a set of clips."""
    return {
        "actions": {action.value: _score_data(score) for action, score in summary.actions.items()},
        "species": {kind: _species_data(species) for kind, species in summary.species.items()},
        "bona_fide": _bona_fide_data(summary.bona_fide),
    }


def _corrected_data(evaluation: Evaluation) -> dict[str, Any]:
    actions = Summary.of(evaluation.corrected).actions
    return {
        "clips": [{"file": clip.file, "why": clip.notes} for clip in evaluation.corrections],
        "actions": {action.value: _score_data(score) for action, score in actions.items()},
    }


def _score_data(score: Score) -> dict[str, Any]:
    return {
        "events": score.events,
        "precision": _number(score.precision),
        "recall": _number(score.recall),
        "f1": _number(score.f1),
        "hits": score.hits,
        "misses": score.misses,
        "false": score.false,
        "recall_interval": list(Rate(score.hits, score.events).interval),
        "precision_interval": list(Rate(score.hits, score.hits + score.false).interval),
    }


def _species_data(species: SpeciesCount) -> dict[str, Any]:
    return {
        "presentations": species.presentations,
        "actions_fired": species.actions_fired,
        "accepted": species.accepted,
        "apcer": _number(species.apcer.value),
        "interval": list(species.apcer.interval),
        "refused": species.refused,
        "failed": species.failed,
        "person_changed": species.person_changed,
        "apnrr": _number(species.apnrr.value),
        "apnrr_interval": list(species.apnrr.interval),
        "clips_with": {action.value: count for action, count in species.fired.items()},
        "pad_only": _pad_data(species.answered),
        "pad_regardless_of_quality": _pad_data(species.readable),
    }


def _pad_data(pad: PadAlone) -> dict[str, Any]:
    return {
        "presentations": pad.presentations,
        "accepted": pad.bona_fide,
        "rejected": pad.attacks,
        "undecided": pad.doubts,
        "apcer": _number(pad.taken_for_bona_fide.value),
        "interval": list(pad.taken_for_bona_fide.interval),
    }


def _bona_fide_data(people: BonaFideCount) -> dict[str, Any]:
    return {
        "presentations": people.presentations,
        "rejected": people.rejected,
        "refused": people.refused,
        "bpcer": _number(people.bpcer.value),
        "bpnrr": _number(people.bpnrr.value),
        "interval": list(people.bpcer.interval),
        "bpnrr_interval": list(people.bpnrr.interval),
        "admitted": people.presentations - people.refused,
        "undecided": people.undecided,
        "failed": people.failed,
        "expected_refusals": people.expected_refusals,
        "unexpected_refusals": people.refused - people.expected_refusals,
    }


def cost_data(answers: Sequence[ClipAnswer]) -> dict[str, Any]:
    """CPU time over the time of the clips that were read to their end, and the largest process."""
    observed = [answer for answer in answers if answer.is_observed]
    video_s = math.fsum(answer.facts.duration_s for answer in observed)
    cpu_s = math.fsum(answer.cost.cpu_s for answer in observed)
    return {
        "cpu_s_per_video_s": _number(round(cpu_s / video_s, 4) if video_s else math.nan),
        "peak_mb": round(max((answer.cost.peak_mb for answer in answers), default=0.0), 1),
        "cpu_s": round(cpu_s, 2),
        "video_s": round(video_s, 2),
    }


def comparison_data(evaluation: Evaluation) -> dict[str, Any]:
    """Error rates of the comparison at the thresholds of the backend, the DET, and the same by tag."""
    scores = ComparisonScores.of(evaluation.pairs)
    groups: dict[tuple[str, str], list[ScoredPair]] = {}
    for scored in evaluation.pairs:
        for tag in scored.pair.tags.items():
            groups.setdefault(tag, []).append(scored)
    splits = [
        {"tag": tag, "value": value, **_scores_data(ComparisonScores.of(members), evaluation.thresholds)}
        for (tag, value), members in groups.items()
    ]
    first = f"{evaluation.thresholds[0]:.2f}" if evaluation.thresholds else ""
    equal = scores.equal_error()
    return {
        "backend": evaluation.backend,
        **_scores_data(scores, evaluation.thresholds),
        "equal_error": _errors_data(equal) if equal else None,
        "det": [
            [round(errors.threshold, 4), round(errors.fmr.value, 5), round(errors.fnmr.value, 5)]
            for errors in _thinned(scores.det())
        ],
        "scores": {
            "genuine": [round(score, 4) for score in scores.genuine],
            "impostor": [round(score, 4) for score in scores.impostor],
        },
        "splits": sorted(
            splits,
            key=lambda split: (split["tag"], -_worst_error(split["at"].get(first, {})), split["value"]),
        ),
    }


def _scores_data(scores: ComparisonScores, thresholds: Sequence[float]) -> dict[str, Any]:
    return {
        "genuine": len(scores.genuine),
        "impostor": len(scores.impostor),
        "unusable": scores.unusable,
        "at": {f"{threshold:.2f}": _errors_data(scores.at(threshold)) for threshold in thresholds},
    }


def _errors_data(errors: Errors) -> dict[str, Any]:
    return {
        "threshold": round(errors.threshold, 4),
        "fmr": _number(errors.fmr.value),
        "fmr_interval": list(errors.fmr.interval),
        "false_matches": errors.fmr.count,
        "fnmr": _number(errors.fnmr.value),
        "fnmr_interval": list(errors.fnmr.interval),
        "false_non_matches": errors.fnmr.count,
    }


def _worst_error(errors: Mapping[str, Any]) -> float:
    return max(errors.get("fmr") or 0.0, errors.get("fnmr") or 0.0)


def _thinned(det: Sequence[Errors]) -> Sequence[Errors]:
    step = max(1, math.ceil(len(det) / MOST_DET_POINTS))
    return [*det[:-1:step], det[-1]] if det else []


def _split_data(split: Split) -> dict[str, Any]:
    return {"tag": split.tag, "value": split.value, "clips": split.clips, **summary_data(split.summary)}


def clip_data(result: ClipResult) -> dict[str, Any]:
    """One clip with its answer and the reasons; no picture, and not what its labels say of the person."""
    clip, answer = result.clip, result.answer
    return {
        "file": clip.file,
        "kind": clip.kind,
        "finding": finding_of(result).value,
        "answer": answer.answer.value,
        "codes": list(answer.codes),
        "remarks": list(answer.remarks),
        "expect_refused": clip.expects_refusal,
        "actions_fired": answer.actions_fired,
        "accepted": answer.accepted,
        "pad": answer.pad_alone.value if answer.is_observed else None,
        "actions": {
            action.value: _score_data(score) if clip.is_labelled_for(action) else None
            for action in STANDARD_ACTIONS
            for score in (result.score(action),)
        },
        "events": [_event_data(event) for event in answer.events],
        "tracker_false_events": [
            {"action": movement.action, "start_s": movement.start_s, "end_s": movement.end_s}
            for movement in clip.false_of_tracker
        ],
        "evidence": [_evidence_data(item) for item in answer.evidence],
        "tags": tags_of_clip(clip, answer),
        "duration_s": answer.facts.duration_s if answer.is_observed else None,
        "frames_a_second": answer.facts.fps if answer.is_observed else None,
        "cpu_s": round(answer.cost.cpu_s, 3),
        "peak_mb": round(answer.cost.peak_mb, 1),
    }


def _event_data(event: ActionEvent) -> dict[str, Any]:
    return {
        "action": event.action.value,
        "start_s": event.start_ms / 1000,
        "end_s": event.end_ms / 1000,
        "measured": round(event.measured, 4),
        "required": round(event.required, 4),
        "unit": event.unit,
    }


def _evidence_data(item: SeenEvidence) -> dict[str, Any]:
    return {
        "name": item.name,
        "measured": _number(item.measured),
        "finding": item.finding,
        "weight": item.weight,
    }


def _number(value: float) -> float | None:
    """A number as JSON can hold it: NaN and the infinities are null."""
    return value if math.isfinite(value) else None
