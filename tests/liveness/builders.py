"""Signals and observations made by hand, where the truth is known."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from liveness.analysis import Samplers
from liveness.observation.observer import RIGID_POINTS, FrameNotes, Observations
from liveness.observation.picture import HeadPicture, PictureQuality
from liveness.observation.signals import Sample, Signals
from liveness.synthesis import astronaut
from liveness.video.frame import thumbnail_of
from liveness.video.reading import VideoFacts

Bump = tuple[float, float, float]
"""Start and end in seconds, and height."""

FACTS = VideoFacts(container="mov", codec="h264", width=480, height=640, declared_ms=None, encoder="")
GOOD = PictureQuality(light=130.0, contrast=45.0, overexposed=0.0, sharpness=150.0, eye_distance_px=120.0)
EYE_OPENNESS = 0.3
CAMERA_PX = 400.0
GOOD_HEAD = HeadPicture(time_ms=0, jpeg=b"", five_points=np.zeros((5, 2), np.float32))


def make_samples(
    *,
    seconds: float = 6.0,
    fps: float = 15.0,
    nods: Sequence[Bump] = (),
    mouths: Sequence[Bump] = (),
    blinks: Sequence[Bump] = (),
    shakes: Sequence[Bump] = (),
    winks: Sequence[Bump] = (),
    smiles: Sequence[Bump] = (),
    eyes: float = EYE_OPENNESS,
    rest_pitch: float = 3.0,
    score_agrees: bool = True,
) -> list[Sample]:
    """A face at rest that makes the movements given: nods in degrees, others as shares of the whole."""
    samples = []
    for index in range(round(seconds * fps)):
        at = index / fps
        closed = bump(at, blinks)
        winked = bump(at, winks)
        opened = bump(at, mouths)
        samples.append(
            Sample(
                time_ms=round(at * 1000),
                faces=1,
                right_eye=eyes * (1 - 0.95 * max(closed, winked)),
                left_eye=eyes * (1 - 0.95 * closed),
                right_blink=0.05 + 0.7 * (max(closed, winked) if score_agrees else 0.0),
                left_blink=0.05 + 0.7 * (closed if score_agrees else 0.0),
                mouth=0.02 + 0.7 * opened,
                jaw=0.02 + 0.6 * opened,
                smile=bump(at, smiles),
                mouth_width=0.6 * (1 + 0.25 * bump(at, smiles)),
                pitch_deg=rest_pitch + bump(at, nods),
                yaw_deg=bump(at, shakes),
                roll_deg=0.0,
            )
        )
    return samples


def make_signals(**given: object) -> Signals:
    """The same as columns."""
    return Signals.of(make_samples(**given))  # type: ignore[arg-type]  # passed on as they are


def bump(at: float, bumps: Sequence[Bump]) -> float:
    """Rise and fall as half a sine, and nothing outside."""
    return sum(
        height * float(np.sin(np.pi * (at - start) / (end - start)))
        for start, end, height in bumps
        if start < at < end
    )


def make_observations(
    samples: Sequence[Sample] | None = None,
    *,
    quality: PictureQuality = GOOD,
    changes: dict[int, float] | None = None,
    unseen: range = range(0),
    flat: bool = False,
    frames_decoded: int | None = None,
    jumps_ms: tuple[int, ...] = (),
    rivals_ms: tuple[int, ...] = (),
) -> Observations:
    """A clip of a face whose points turn as a head's do, or as a flat picture's."""
    samples = list(samples if samples is not None else make_samples())
    notes = []
    for index, sample in enumerate(samples):
        change = (changes or {}).get(index, 1.5)
        if index in unseen:
            nothing = Sample(time_ms=sample.time_ms, faces=0)
            notes.append(FrameNotes(sample.time_ms, nothing, change, None, None, None, None))
        else:
            rigid = turned_points(sample.pitch_deg, flat=flat)
            head = HeadPicture(sample.time_ms, b"", GOOD_HEAD.five_points)
            notes.append(
                FrameNotes(sample.time_ms, sample, change, (100, 100, 300, 350), rigid, quality, head)
            )
    return Observations(
        notes=tuple(notes),
        signals=Signals.of([note.sample for note in notes]),
        jumps_ms=jumps_ms,
        rivals_ms=rivals_ms,
        facts=FACTS,
        duration_ms=samples[-1].time_ms,
        frames_decoded=frames_decoded or 2 * len(samples),
    )


def turned_points(pitch_deg: float, *, flat: bool) -> npt.NDArray[np.float32]:
    """Points of a real head, or of its photograph, under perspective, in pixels."""
    head = real_head() * [1, 1, 0 if flat else 1]
    angle = np.radians(pitch_deg)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    turned = head @ turn.T
    seen = turned[:, :2] * (CAMERA_PX / (CAMERA_PX + turned[:, 2:]))
    return np.asarray(seen + np.array([200, 225]), np.float32)


@cache
def real_head() -> npt.NDArray[np.float64]:
    """The rigid points of a portrait's head around their middle, (n, 3)."""
    head = astronaut().points[list(RIGID_POINTS)].astype(np.float64)
    return np.asarray(head - head.mean(axis=0))


def make_samplers(seen: Observations) -> Samplers:
    """Samplers that watched a plain wall at the times of a clip: nothing in it repeats."""
    samplers = Samplers()
    wall = np.full((48, 64, 3), 128, np.uint8)
    for note in seen.notes:
        samplers.pad.look(note.time_ms, wall, None)
        samplers.pad.repeats.look(note.time_ms, thumbnail_of(wall[..., 0]))
    return samplers
