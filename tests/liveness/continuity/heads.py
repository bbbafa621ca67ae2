"""Heads painted into observations, light ones for one person and dark ones for another."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from liveness.observation.observer import Observations
from liveness.observation.picture import HeadPicture
from models.alignment import ARCFACE_TEMPLATE


class EmbedBrightness:
    """Takes light pictures for one person and dark ones for another; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, aligned: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        self.asked += 1
        vector = np.zeros(128, np.float32)
        vector[0 if aligned.mean() > 128 else 1] = 1.0
        return vector


def paint_heads(observations: Observations, levels: dict[range, int]) -> Observations:
    """Give every frame a head around one grey level, with some texture, so that it counts as sharp."""
    texture = np.random.default_rng(0).normal(0, 18, (112, 112, 3))
    notes = []
    for index, note in enumerate(observations.notes):
        level = next(level for frames, level in levels.items() if index in frames)
        picture = np.clip(texture + level, 0, 255).astype(np.uint8)
        jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
        notes.append(replace(note, head=HeadPicture(note.time_ms, jpeg, ARCFACE_TEMPLATE)))
    return replace(observations, notes=tuple(notes))
