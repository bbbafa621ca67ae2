"""The counting rules: what each labelled clip and its answer add to which rate (ISO/IEC 30107-3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from liveness.evaluation.answers import Answer, ClipAnswer
from liveness.evaluation.intervals import Rate
from liveness.evaluation.labels import BONA_FIDE, KNOWN_SPECIES, LabelledClip
from liveness.evaluation.matching import Score, score_events
from liveness.verdict import STANDARD_ACTIONS, Action, ActionEvent, PadDecision


@dataclass(frozen=True, slots=True)
class ClipResult:
    """One labelled clip and the answer to it."""

    clip: LabelledClip
    answer: ClipAnswer

    def found(self, action: Action) -> tuple[ActionEvent, ...]:
        """The events of an action that were found."""
        return tuple(event for event in self.answer.events if event.action is action)

    def score(self, action: Action) -> Score:
        """What this clip adds to the score of an action: nothing unless it is bona fide and labelled for it.

        A clip that should have been read and was not misses all its events. One that is labelled to be
        refused and could not be read adds nothing.
        """
        if self.clip.kind != BONA_FIDE or not self.clip.is_labelled_for(action):
            return Score()
        truth = self.clip.truth(action)
        if self.answer.is_observed:
            return score_events(truth, self.found(action))
        if self.clip.expects_refusal:
            return Score()
        return Score(misses=sum(1 for event in truth if not event.neutral))


@dataclass(frozen=True, slots=True)
class PadAlone:
    """Attack detection without actions and order, on the clips given to it. `attacks` and `doubts` by it."""

    presentations: int
    bona_fide: int
    attacks: int
    doubts: int

    @classmethod
    def of(cls, answers: Sequence[ClipAnswer]) -> Self:
        """Count what attack detection alone says of clips."""
        decisions = [answer.pad_alone for answer in answers]
        return cls(
            presentations=len(decisions),
            bona_fide=decisions.count(PadDecision.BONA_FIDE),
            attacks=decisions.count(PadDecision.ATTACK_PRESENTATION),
            doubts=decisions.count(PadDecision.INCONCLUSIVE),
        )

    @property
    def taken_for_bona_fide(self) -> Rate:
        """Of attacks: the APCER of attack detection by itself."""
        return Rate(self.bona_fide, self.presentations)


@dataclass(frozen=True, slots=True)
class SpeciesCount:
    """Attack presentations of one species.

    actions_fired: the actions alone would pass one of six orders. accepted: the whole policy passes it.
    refused: non-responses, those that failed included. fired: clips in which each action was found.
    answered: attack detection alone, on the clips that were not refused. readable: the same, on all clips
    that could be read, those that quality refuses included.
    """

    presentations: int
    actions_fired: int
    accepted: int
    refused: int
    failed: int
    person_changed: int
    fired: Mapping[Action, int]
    answered: PadAlone
    readable: PadAlone

    @classmethod
    def of(cls, results: Sequence[ClipResult]) -> Self:
        """Count the clips of one species."""
        answers = [result.answer for result in results]
        return cls(
            presentations=len(answers),
            actions_fired=sum(answer.actions_fired for answer in answers),
            accepted=sum(answer.accepted for answer in answers),
            refused=sum(not answer.is_response for answer in answers),
            failed=sum(answer.answer is Answer.FAILED for answer in answers),
            person_changed=sum(answer.answer is Answer.PERSON_CHANGED for answer in answers),
            fired={
                action: sum(bool(result.found(action)) for result in results) for action in STANDARD_ACTIONS
            },
            answered=PadAlone.of([answer for answer in answers if answer.is_response]),
            readable=PadAlone.of([answer for answer in answers if answer.is_observed]),
        )

    @property
    def apcer(self) -> Rate:
        """Share of all presentations that the whole policy accepts."""
        return Rate(self.accepted, self.presentations)

    @property
    def apnrr(self) -> Rate:
        """Share of the presentations that were not answered."""
        return Rate(self.refused, self.presentations)


@dataclass(frozen=True, slots=True)
class BonaFideCount:
    """Presentations of people.

    rejected: attack detection calls them an attack. refused: quality or continuity refuses them, or they
    could not be read; expected_refusals of them are labelled so. undecided: attack detection is in doubt.
    """

    presentations: int
    rejected: int
    refused: int
    undecided: int
    failed: int
    expected_refusals: int

    @classmethod
    def of(cls, results: Sequence[ClipResult]) -> Self:
        """Count the clips of people."""
        answers = [result.answer.answer for result in results]
        refused = [result for result in results if is_refused(result.answer)]
        return cls(
            presentations=len(answers),
            rejected=answers.count(Answer.ATTACK),
            refused=len(refused),
            undecided=answers.count(Answer.INCONCLUSIVE),
            failed=answers.count(Answer.FAILED),
            expected_refusals=sum(result.clip.expects_refusal for result in refused),
        )

    @property
    def bpcer(self) -> Rate:
        """Share of those admitted that attack detection calls an attack."""
        return Rate(self.rejected, self.presentations - self.refused)

    @property
    def bpnrr(self) -> Rate:
        """Share of all presentations that were refused."""
        return Rate(self.refused, self.presentations)


@dataclass(frozen=True, slots=True)
class ExpectedRefusal:
    """A clip labelled `expect: refused`, and which part refused it; none where nothing did."""

    file: str
    why: str
    refused: bool
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """All counts over a set of clips; species in the order of their names, print and replay always."""

    actions: Mapping[Action, Score]
    species: Mapping[str, SpeciesCount]
    bona_fide: BonaFideCount
    expected: tuple[ExpectedRefusal, ...]

    @classmethod
    def of(cls, results: Iterable[ClipResult]) -> Self:
        """Count clips; those of kind `other` count for nothing."""
        results = tuple(results)
        people = [result for result in results if result.clip.kind == BONA_FIDE]
        attacks = [result for result in results if result.clip.is_attack]
        return cls(
            actions={
                action: sum((result.score(action) for result in people), Score())
                for action in (Action.BLINK, Action.MOUTH, Action.NOD)
            },
            species={
                kind: SpeciesCount.of([result for result in attacks if result.clip.kind == kind])
                for kind in sorted({*KNOWN_SPECIES, *(result.clip.kind for result in attacks)})
            },
            bona_fide=BonaFideCount.of(people),
            expected=tuple(
                ExpectedRefusal(
                    file=result.clip.file,
                    why=result.clip.expect_why,
                    refused=is_refused(result.answer),
                    by=result.answer.codes if is_refused(result.answer) else (),
                )
                for result in results
                if result.clip.expects_refusal
            ),
        )


def is_refused(answer: ClipAnswer) -> bool:
    """Whether a person's clip was turned away by quality or continuity, or could not be read at all."""
    return not answer.is_response or answer.answer is Answer.PERSON_CHANGED
