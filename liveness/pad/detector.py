"""Presentation attack detection (ISO/IEC 30107-3): evidence, and what a policy makes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from liveness.pad.depth import measure_depth
from liveness.pad.injection import clock_jitter, desktop_encoder
from liveness.pad.life import signs_of_life
from liveness.pad.measurement import Measurement, Unit
from liveness.pad.policy import Finding, PadPolicy, Weight
from liveness.pad.presentation import Presentation
from liveness.pad.stillness import hidden_cut, longest_still, sharpest_cut
from liveness.pad.timing import reaction_spread
from liveness.verdict import PadDecision, Reason


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence; measured is None where the clip does not allow it to be measured."""

    name: str
    measured: float | None
    finding: Finding
    weight: Weight
    at_ms: int | None = None
    unit: Unit | None = None
    looks: int = 0


@dataclass(frozen=True, slots=True)
class PadResult:
    """The decision and all evidence, that which only informs included."""

    decision: PadDecision
    evidence: tuple[Evidence, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What led to a decision other than bona fide: the gates, and the supporting pieces that agree."""
        if self.decision is PadDecision.BONA_FIDE:
            return ()
        gates = [item for item in self.evidence if item.weight is Weight.GATES and _speaks(item)]
        agreeing = [
            item
            for item in self.evidence
            if item.weight is Weight.SUPPORTS and item.finding is Finding.ATTACK
        ]
        return tuple(
            Reason(f"pad.{item.name}", at_ms=item.at_ms, measured=item.measured) for item in gates + agreeing
        )


class PresentationAttackDetector(Protocol):
    """Judges whether a clip shows a person or a presentation of one."""

    @property
    def policy_version(self) -> str: ...

    def detect(self, presentation: Presentation) -> PadResult:
        """Judge one clip. Never raises for what it sees.

        A clip that quality refused may be measured too; what is decided about it is no detection.
        """
        ...


class EvidenceDetector:
    """Measures every kind of evidence there is and lets a policy weigh it."""

    def __init__(self, policy: PadPolicy) -> None:
        self._policy = policy

    @property
    def policy_version(self) -> str:
        """Name and version of the policy that decides."""
        return self._policy.identity

    def detect(self, presentation: Presentation) -> PadResult:
        """Measure all evidence and apply the policy to it."""
        return decide(self._policy, measure(presentation))


def measure(presentation: Presentation) -> tuple[Measurement, ...]:
    """Take every measurement, in the order a reviewer reads them."""
    seen, samplers = presentation.seen, presentation.samplers
    depth = measure_depth(seen, presentation.events)
    return (
        depth,
        signs_of_life(depth, presentation.events),
        longest_still(seen),
        sharpest_cut(seen),
        hidden_cut(seen),
        *(samplers.measure() if samplers is not None else ()),
        reaction_spread(presentation.reactions),
        clock_jitter(seen.facts),
        desktop_encoder(seen.facts),
    )


def decide(policy: PadPolicy, measurements: Iterable[Measurement]) -> PadResult:
    """Apply a policy to what was measured.

    1. One gate that finds an attack decides; so do supporting pieces, where enough of them agree.
    2. A gate that doubts leaves the answer open, as do two supporting pieces, and a gate nobody measures.
    3. Otherwise the presentation is bona fide. What only informs changes nothing.
    """
    measured = {item.name: item for item in measurements}
    evidence = []
    for name, rule in policy.rules.items():
        item = measured.get(name)
        finding = rule.place(item)
        if item is None:
            evidence.append(Evidence(name, None, finding, rule.weight))
        else:
            evidence.append(
                Evidence(name, item.value, finding, rule.weight, item.at_ms, item.unit, item.looks)
            )
    gates = {item.finding for item in evidence if item.weight is Weight.GATES}
    agreeing = sum(item.weight is Weight.SUPPORTS and item.finding is Finding.ATTACK for item in evidence)
    if Finding.ATTACK in gates or agreeing >= policy.agreement.attack:
        decision = PadDecision.ATTACK_PRESENTATION
    elif Finding.DOUBTFUL in gates or agreeing >= policy.agreement.doubt:
        decision = PadDecision.INCONCLUSIVE
    else:
        decision = PadDecision.BONA_FIDE
    return PadResult(decision=decision, evidence=tuple(evidence))


def _speaks(item: Evidence) -> bool:
    return item.finding in {Finding.ATTACK, Finding.DOUBTFUL}
