"""Recordings for the story: made from a portrait, or the one a real person gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from liveness.synthesis import Camera, Portrait, astronaut, make_clip, portrait_of
from liveness.verdict import Action
from models.landmarks import detect_in_still
from models.pictures import read_picture
from models.weights import WeightStore

LARGE = Camera(width=480, height=854, fps=24)
SMALL = Camera(width=360, height=640, fps=20)


@dataclass(frozen=True, slots=True)
class Puppeteer:
    """Makes a recording of the actions that a challenge asks for."""

    folder: Path
    camera: Camera
    portrait: Portrait | None = None

    def record(self, actions: Sequence[str], number: int) -> Path:
        path = self.folder / f"recording-{number}.mp4"
        wanted = tuple(Action(action) for action in actions)
        make_clip(path, actions=wanted, seed=number, camera=self.camera, portrait=self.portrait)
        return path


def framed(photograph: Path, weights: WeightStore) -> Portrait:
    """Find the one face in a photograph. Raises PortraitUnusable, PictureUnreadable."""
    picture = np.asarray(cv2.cvtColor(read_picture(photograph.read_bytes()), cv2.COLOR_BGR2RGB), np.uint8)
    landmarker = weights.path("face_landmarker")
    return portrait_of(
        picture, detect=lambda image: tuple(face.points for face in detect_in_still(landmarker, image))
    )


def write_default_portrait(path: Path) -> Path:
    """Write the public-domain portrait as the picture that the office holds."""
    cv2.imwrite(str(path), cv2.cvtColor(astronaut().image, cv2.COLOR_RGB2BGR))
    return path
