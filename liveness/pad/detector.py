"""Presentation attack detection (ISO/IEC 30107-3): evidence, and what a policy makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from liveness.observation.observer import FrameNotes, Observations
from liveness.pad.policy import Finding, PadPolicy, Weight
from liveness.verdict import Action, ActionEvent, PadDecision, Reason

LEAST_PITCH_DEG: Final = 6.0
MOST_YAW_DEG: Final = 12.0
LEAST_FRAMES: Final = 2
STILL_LEVELS: Final = 0.1
"""Mean change of a picture, in grey levels, below which it is the same picture; a sensor's noise is above."""

CUT_NEIGHBOURS: Final = 4
CUT_LEAST_CHANGE: Final = 12.0
_CHANGE_FLOOR = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence; measured is None where the clip does not allow it to be measured."""

    name: str
    measured: float | None
    finding: Finding
    weight: Weight
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PadResult:
    """The decision and all evidence, that which only informs included."""

    decision: PadDecision
    evidence: tuple[Evidence, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The gates that led to a decision other than bona fide."""
        return tuple(
            Reason(f"pad.{item.name}", at_ms=item.at_ms, measured=item.measured)
            for item in self.evidence
            if item.weight is Weight.GATES and item.finding is not Finding.CLEAR
        )


class PresentationAttackDetector(Protocol):
    """Judges whether a clip shows a person or a presentation of one."""

    @property
    def policy_version(self) -> str: ...

    def detect(self, seen: Observations, events: Sequence[ActionEvent]) -> PadResult:
        """Judge one clip that quality has admitted. Never raises for what it sees."""
        ...


class MotionDetector:
    """Looks at how the picture moves: as a plane, not at all, or with a cut."""

    def __init__(self, policy: PadPolicy) -> None:
        self._policy = policy

    @property
    def policy_version(self) -> str:
        """Name and version of the policy that decides."""
        return self._policy.identity

    def detect(self, seen: Observations, events: Sequence[ActionEvent]) -> PadResult:
        """Measure all evidence and apply the policy to it."""
        measured = {"frozen_picture": longest_still_ms(seen), "cut": sharpest_cut(seen)}
        depth = depth_per_degree(seen, events)
        # Without a nod there is nothing to measure; a nod whose depth cannot be told is left out, a doubt.
        if depth[0] is not None or all(event.action is not Action.NOD for event in events):
            measured["planar_motion"] = depth
        return decide(self._policy, measured)


def decide(policy: PadPolicy, measured: dict[str, tuple[float | None, int | None]]) -> PadResult:
    """Apply a policy to measured values, each with the time in ms it was seen at.

    One gate that finds an attack decides; one that doubts, or a gate the detector does not measure at all,
    leaves the answer open.
    """
    evidence = []
    for name, rule in policy.rules.items():
        value, at_ms = measured.get(name, (None, None))
        if name not in measured:
            finding = Finding.DOUBTFUL
        else:
            finding = Finding.CLEAR if value is None else rule.judge(value)
        evidence.append(Evidence(name, value, finding, rule.weight, at_ms))
    gates = {item.finding for item in evidence if item.weight is Weight.GATES}
    if Finding.ATTACK in gates:
        decision = PadDecision.ATTACK_PRESENTATION
    elif Finding.DOUBTFUL in gates or not gates:
        decision = PadDecision.INCONCLUSIVE
    else:
        decision = PadDecision.BONA_FIDE
    return PadResult(decision=decision, evidence=tuple(evidence))


def depth_per_degree(seen: Observations, events: Sequence[ActionEvent]) -> tuple[float | None, int | None]:
    """How far the face is from moving as a plane in its nods; None where no nod is large enough to tell.

    A flat photograph maps onto itself by a homography however it is held; the nose of a head does not. The
    residual between a nod's turning point and its ends is given in percent of the eye distance per degree.
    """
    found: list[float] = []
    at_ms = None
    for nod in (event for event in events if event.action is Action.NOD):
        peak = seen.note_at(nod.peak_ms)
        around = [note for note in seen.notes if nod.start_ms <= note.time_ms <= nod.end_ms]
        residuals = [value for note in around if (value := _plane_residual(peak, note)) is not None]
        if len(residuals) >= LEAST_FRAMES:
            found.append(float(np.median(residuals)))
            at_ms = nod.peak_ms
    return (float(np.median(found)), at_ms) if found else (None, None)


def longest_still_ms(seen: Observations) -> tuple[float | None, int | None]:
    """The longest time in which nothing changed in the whole picture."""
    best, best_at, start = 0, None, None
    for before, note in zip(seen.notes, seen.notes[1:], strict=False):
        if note.change >= STILL_LEVELS:
            start = None
            continue
        start = before.time_ms if start is None else start
        if note.time_ms - start > best:
            best, best_at = note.time_ms - start, start
    return float(best), best_at


def sharpest_cut(seen: Observations) -> tuple[float | None, int | None]:
    """The largest single change over the largest change in the frames around it."""
    change = np.array([note.change for note in seen.notes])
    best, at_ms = 0.0, None
    for index in range(1, len(change)):
        if change[index] < CUT_LEAST_CHANGE:
            continue
        around = np.concatenate(
            [change[max(1, index - CUT_NEIGHBOURS) : index], change[index + 1 : index + 1 + CUT_NEIGHBOURS]]
        )
        ratio = float(change[index] / (around.max(initial=0.0) + _CHANGE_FLOOR))
        if ratio > best:
            best, at_ms = ratio, seen.notes[index].time_ms
    return best, at_ms


def _plane_residual(reference: FrameNotes, note: FrameNotes) -> float | None:
    if reference.rigid is None or note.rigid is None:
        return None
    turned = abs(note.sample.pitch_deg - reference.sample.pitch_deg)
    if turned < LEAST_PITCH_DEG or abs(note.sample.yaw_deg - reference.sample.yaw_deg) > MOST_YAW_DEG:
        return None
    source, target = reference.rigid.astype(np.float64), note.rigid.astype(np.float64)
    fitted: tuple[Any, Any] = cv2.findHomography(source, target, 0)  # None where points are degenerate
    matrix = fitted[0]
    if matrix is None:
        return None
    mapped: npt.NDArray[np.float64] = cv2.perspectiveTransform(source[None], matrix)[0]
    residual = np.sqrt(((mapped - target) ** 2).sum(axis=1).mean())
    eye_distance = np.linalg.norm(target[0] - target[3])
    return float(100.0 * residual / max(eye_distance, 1.0) / turned)
