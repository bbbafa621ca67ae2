"""What is notable about each clip, and which clips and groups of clips are worst."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from liveness.evaluation.answers import Answer
from liveness.evaluation.counting import ClipResult, Summary, is_refused
from liveness.evaluation.labels import OTHER
from liveness.evaluation.matching import Score
from liveness.evaluation.tags import tags_of_clip
from liveness.verdict import STANDARD_ACTIONS, PadDecision


class Finding(StrEnum):
    """The most serious thing about one clip; worst first."""

    ATTACK_ACCEPTED = "attack_accepted"
    FAILED = "failed"
    PERSON_REJECTED = "person_rejected"
    ATTACK_PASSED_PAD = "attack_passed_pad"
    NOT_REFUSED = "not_refused"
    PERSON_REFUSED = "person_refused"
    PERSON_UNDECIDED = "person_undecided"
    EVENTS_WRONG = "events_wrong"
    LEFT_OUT = "left_out"
    AS_EXPECTED = "as_expected"


RANKS = {finding: rank for rank, finding in enumerate(Finding)}


def finding_of(result: ClipResult) -> Finding:
    """Name the most serious thing about a clip."""
    if result.answer.answer is Answer.FAILED:
        return Finding.FAILED
    if result.clip.kind == OTHER:
        return Finding.LEFT_OUT
    found = _of_attack(result) if result.clip.is_attack else _of_person(result)
    if result.clip.expects_refusal and not is_refused(result.answer):
        found = min(found, Finding.NOT_REFUSED, key=RANKS.__getitem__)
    return found


def _of_attack(result: ClipResult) -> Finding:
    answer = result.answer
    if answer.accepted:
        return Finding.ATTACK_ACCEPTED
    passed_pad = answer.is_response and answer.pad_alone is PadDecision.BONA_FIDE
    return Finding.ATTACK_PASSED_PAD if passed_pad else Finding.AS_EXPECTED


def _of_person(result: ClipResult) -> Finding:
    answer = result.answer
    if answer.answer is Answer.ATTACK:
        return Finding.PERSON_REJECTED
    if is_refused(answer) and not result.clip.expects_refusal:
        return Finding.PERSON_REFUSED
    if answer.answer is Answer.INCONCLUSIVE:
        return Finding.PERSON_UNDECIDED
    return Finding.EVENTS_WRONG if _errors(result) else Finding.AS_EXPECTED


def worst_first(results: Iterable[ClipResult]) -> tuple[ClipResult, ...]:
    """Sort clips by what is notable about them, then by their number of wrong events, then by name."""
    return tuple(
        sorted(results, key=lambda one: (RANKS[finding_of(one)], -_errors(one), one.clip.file)),
    )


def _errors(result: ClipResult) -> int:
    score = sum((result.score(action) for action in STANDARD_ACTIONS), Score())
    return score.misses + score.false


@dataclass(frozen=True, slots=True)
class Split:
    """The clips that share one value of a tag."""

    tag: str
    value: str
    clips: int
    summary: Summary


def splits_of(results: Sequence[ClipResult]) -> tuple[Split, ...]:
    """Count every tag's values apart, of each tag the worst first. Clips without the tag are in none."""
    groups: dict[tuple[str, str], list[ClipResult]] = {}
    for result in results:
        for tag, value in tags_of_clip(result.clip, result.answer).items():
            groups.setdefault((tag, value), []).append(result)
    found = [
        Split(tag=tag, value=value, clips=len(members), summary=Summary.of(members))
        for (tag, value), members in groups.items()
    ]
    return tuple(sorted(found, key=lambda split: (split.tag, _badness(split.summary), split.value)))


def _badness(summary: Summary) -> tuple[float, float, float]:
    """Smaller is worse: share of attacks accepted, of people turned away, of events wrong."""
    attacks = sum(species.presentations for species in summary.species.values())
    accepted = sum(species.accepted for species in summary.species.values())
    people = summary.bona_fide
    away = people.rejected + people.refused - people.expected_refusals
    events = sum(summary.actions.values(), Score())
    wrong = 1.0 - events.f1 if events.hits + events.misses + events.false else 0.0
    return (-accepted / max(1, attacks), -away / max(1, people.presentations), -wrong)


def counts_by_finding(results: Iterable[ClipResult]) -> Mapping[Finding, int]:
    """How many clips each finding was made of, worst first."""
    counts = dict.fromkeys(Finding, 0)
    for result in results:
        counts[finding_of(result)] += 1
    return counts
