"""Recordings that were worked on: cut together, held, played in a loop, or one still picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from liveness.synthesis.camera import Camera, Hand
from liveness.synthesis.clip import perform
from liveness.synthesis.portrait import ImageRgb, Portrait, frame_portrait
from liveness.synthesis.script import Scene

Pictures = Iterator[tuple[int, ImageRgb]]

FROZEN_S = 1.4
SHORTEST_FROZEN_S = 0.9
FROZEN_EDGE_S = 0.1
LOOP_S = 1.5


@dataclass(frozen=True, slots=True)
class SpliceManner:
    """The other take, and how the cut to it is hidden.

    scale, aside, above: nearer and elsewhere, in pixels. light: of the first take's. held_s: how long the
    last picture stands before the cut. flash_s: how long a white picture covers it.
    """

    scale: float
    aside: float
    above: float
    light: float
    held_s: float
    flash_s: float

    @classmethod
    def draw(cls, random: np.random.Generator, *, camera: Camera) -> Self:
        """Choose a manner; half of them hide nothing."""
        scale = float(random.uniform(1.06, 1.20))
        aside, above = random.uniform([-0.16, -0.08], [0.02, 0.02]) * (camera.width, camera.height)
        light = float(random.choice([random.uniform(0.75, 0.95), random.uniform(1.05, 1.25)]))
        hidden = random.choice(["not", "held", "flash"], p=[0.5, 0.25, 0.25])
        held_s, flash_s = random.uniform([0.2, 0.07], [0.5, 0.25])
        return cls(
            scale=scale,
            aside=float(aside),
            above=float(above),
            light=light,
            held_s=float(held_s) if hidden == "held" else 0.0,
            flash_s=float(flash_s) if hidden == "flash" else 0.0,
        )


def splice(
    scene: Scene,
    times_ms: Sequence[int],
    *,
    camera: Camera,
    portrait: Portrait,
    hand: Hand,
    random: np.random.Generator,
) -> Pictures:
    """Cut to another take in the middle of the first pause: nearer, elsewhere, in other light."""
    first = scene.movements[0].end_s if scene.movements else scene.duration_s / 2
    second = scene.movements[1].start_s if len(scene.movements) > 1 else scene.duration_s
    cut_ms = 500 * (first + second)
    manner = SpliceManner.draw(random, camera=camera)
    matrix = np.array([[manner.scale, 0, manner.aside], [0, manner.scale, manner.above]], np.float64)
    held: ImageRgb | None = None
    for time_ms, picture in perform(scene, times_ms=times_ms, camera=camera, portrait=portrait):
        until_cut_s = (cut_ms - time_ms) / 1000
        if until_cut_s > manner.held_s:
            yield time_ms, hand.take(picture, time_s=time_ms / 1000)
        elif until_cut_s > 0:
            held = hand.take(picture, time_s=time_ms / 1000) if held is None else held
            yield time_ms, held
        elif -until_cut_s < manner.flash_s:
            yield time_ms, np.full_like(picture, 235)
        else:
            moved = cv2.warpAffine(
                picture, matrix, (camera.width, camera.height), borderMode=cv2.BORDER_REFLECT_101
            )
            other = np.asarray(cv2.convertScaleAbs(moved, alpha=manner.light, beta=4), np.uint8)
            yield time_ms, hand.take(other, time_s=time_ms / 1000)


def freeze(scene: Scene, filmed: Pictures, *, random: np.random.Generator) -> Pictures:
    """Hold one picture, to the last bit, in the first pause between two actions."""
    begin_s = (scene.movements[0].end_s if scene.movements else 0.0) + FROZEN_EDGE_S
    end_s = begin_s + float(random.uniform(SHORTEST_FROZEN_S, FROZEN_S))
    held: ImageRgb | None = None
    for time_ms, picture in filmed:
        if begin_s <= time_ms / 1000 < end_s:
            held = picture if held is None else held
            yield time_ms, held
        else:
            yield time_ms, picture


def loop(scene: Scene, filmed: Pictures) -> Pictures:
    """Play the stretch of the first action a second time at once, as a virtual camera does with a file."""
    begin_s = scene.movements[0].start_s if scene.movements else 0.5
    kept: list[tuple[int, ImageRgb]] = []
    for time_ms, picture in filmed:
        within_s = time_ms / 1000 - begin_s
        if 0 <= within_s < LOOP_S:
            kept.append((time_ms, picture))
        if LOOP_S <= within_s < 2 * LOOP_S and kept:
            before_ms = time_ms - round(1000 * LOOP_S)
            gaps_ms = [abs(kept_ms - before_ms) for kept_ms, _ in kept]
            yield time_ms, kept[gaps_ms.index(min(gaps_ms))][1]
        else:
            yield time_ms, picture


def still(times_ms: Sequence[int], *, camera: Camera, portrait: Portrait) -> Pictures:
    """Feed one photograph past the camera for the whole time."""
    picture = frame_portrait(portrait, width=camera.width, height=camera.height).image
    for time_ms in times_ms:
        yield time_ms, picture
