"""A photograph on paper, moved by a hand so that it seems to nod."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from liveness.synthesis.camera import Camera
from liveness.synthesis.held_up import Hold, held_up, room
from liveness.synthesis.mesh import plane_mesh, render
from liveness.synthesis.portrait import ImageRgb, Portrait, frame_portrait
from liveness.synthesis.script import Scene

Pictures = Iterator[tuple[int, ImageRgb]]


@dataclass(frozen=True, slots=True)
class PaperManner:
    """How one attacker holds a sheet. size: over the frame's; from 1.1 its rim is out of sight.

    tilt_deg: for a nod, out of the picture's plane. slide: for a nod, within it, of the frame's height.
    roll_deg, yaw_deg, nearer: how far it sways. bend: share of a turn. gloss: of the light thrown back.
    """

    size: float
    face_share: float
    tilt_deg: float
    slide: float
    roll_deg: float
    yaw_deg: float
    nearer: float
    bend: float
    lying: bool
    gloss: float
    rates: tuple[float, float, float]

    @classmethod
    def draw(cls, random: np.random.Generator, *, bent: bool) -> Self:
        """Choose a manner."""
        return cls(
            size=float(random.uniform(0.8, 1.3)),
            face_share=float(random.uniform(0.42, 0.58)),
            tilt_deg=float(random.uniform(28, 52)) * float(random.choice([-1, 1])),
            slide=float(random.uniform(0.0, 0.06)),
            roll_deg=float(random.uniform(1, 8)),
            yaw_deg=float(random.uniform(4, 22)),
            nearer=float(random.uniform(0.0, 0.08)),
            bend=float(random.uniform(0.10, 0.24)) if bent else 0.0,
            lying=bool(random.random() < 0.3),
            gloss=float(random.uniform(0.0, 0.35)),
            rates=tuple(random.uniform(0.15, 0.5, 3).tolist()),
        )

    def hold(self, scene: Scene, time_s: float, *, camera: Camera) -> Hold:
        """Where the sheet is at one moment: swaying, tilted for a nod, flexed for an open mouth."""
        asked = scene.expression_at(time_s)
        sway = np.sin(2 * np.pi * np.array(self.rates) * time_s + np.array([0.4, 1.9, 3.1]))
        flex = 0.4 + 0.6 * max(asked.mouth, abs(asked.nod)) + 0.2 * float(sway[0])
        return Hold(
            pitch_deg=self.tilt_deg * asked.nod + 3 * float(sway[0]),
            yaw_deg=self.yaw_deg * float(sway[1]) + 8 * asked.blink,
            roll_deg=self.roll_deg * float(sway[2]),
            bend=self.bend * flex,
            lying=self.lying,
            nearer=self.nearer * float(sway[0]),
            down_px=self.slide * camera.height * asked.nod,
        )


def print_out(
    scene: Scene,
    times_ms: Sequence[int],
    *,
    camera: Camera,
    portrait: Portrait,
    random: np.random.Generator,
    bent: bool,
) -> Pictures:
    """Show a photograph held up by hand."""
    manner = PaperManner.draw(random, bent=bent)
    width, height = round(camera.width * 0.95 * manner.size), round(camera.height * 0.85 * manner.size)
    share = manner.face_share / manner.size
    photograph = paper(frame_portrait(portrait, width=width, height=height, face_share=share).image)
    sheet = plane_mesh(width, height)
    behind = room(camera, random=random)
    for time_ms in times_ms:
        hold = manner.hold(scene, time_ms / 1000, camera=camera)
        lit = shine(photograph, hold, gloss=manner.gloss)
        placed = held_up(sheet, hold, camera=camera)
        yield time_ms, render(sheet, moved=placed, texture=lit, onto=behind, fill=(0, 0, 0))


def paper(picture: ImageRgb) -> ImageRgb:
    """Give a picture the white rim and the dull blacks of a print on paper."""
    dull = np.asarray(cv2.convertScaleAbs(picture, alpha=0.80, beta=28), np.uint8)
    rim = max(4, picture.shape[1] // 28)
    dull[:rim], dull[-rim:], dull[:, :rim], dull[:, -rim:] = 236, 236, 236, 236
    return dull


def shine(picture: ImageRgb, hold: Hold, *, gloss: float) -> ImageRgb:
    """Throw a lamp's light back from glossy paper: it wanders over the sheet as the sheet tilts."""
    if gloss < 0.02:
        return picture
    height, width = picture.shape[:2]
    place = 0.3 + hold.pitch_deg / 60, 0.6 + hold.yaw_deg / 40
    rows = (np.linspace(0, 1, height, dtype=np.float32) - np.float32(place[0]))[:, None] / 0.18
    columns = (np.linspace(0, 1, width, dtype=np.float32) - np.float32(place[1]))[None] / 0.25
    light = (255 * gloss * np.exp(-(rows**2) - columns**2)).astype(np.uint8)
    return np.asarray(cv2.add(picture, cv2.merge([light, light, light])), np.uint8)
