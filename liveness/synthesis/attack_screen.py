"""A recording shown on a screen and filmed from it."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import av
import cv2
import numpy as np

from liveness.synthesis.camera import Camera
from liveness.synthesis.clip import make_clip
from liveness.synthesis.encoding import Encoding
from liveness.synthesis.held_up import Hold, held_up, room
from liveness.synthesis.mesh import Floats, plane_mesh, render
from liveness.synthesis.portrait import ImageRgb, Portrait
from liveness.synthesis.script import Scene

Pictures = Iterator[tuple[int, ImageRgb]]


@dataclass(frozen=True, slots=True)
class ScreenManner:
    """One screen and how it is filmed. size: over the frame's; from 1.15 its bezel is out of sight.

    moire: contrast of the two grids' interference, 0 for a fine screen a little out of focus. period_px: of
    its stripes. bands: contrast of the refresh, roll_hz: how fast they roll. crf: how the recording was
    compressed. softness: blur of the glass, in pixels.
    """

    size: float
    moire: float
    period_px: float
    bands: float
    roll_hz: float
    crf: int
    softness: float
    yaw_deg: float

    @classmethod
    def draw(cls, random: np.random.Generator) -> Self:
        """Choose a screen."""
        return cls(
            size=float(random.uniform(0.78, 1.3)),
            moire=float(random.choice([0.0, random.uniform(0.03, 0.10)], p=[0.3, 0.7])),
            period_px=float(random.uniform(2.6, 8.0)),
            bands=float(random.choice([0.0, random.uniform(0.02, 0.06)])),
            roll_hz=float(random.uniform(0.9, 3.0)),
            crf=int(random.integers(23, 34)),
            softness=float(random.uniform(0.3, 1.0)),
            yaw_deg=float(random.uniform(-8, 8)),
        )


def replay(
    scene: Scene, *, camera: Camera, portrait: Portrait, seed: int, random: np.random.Generator
) -> Pictures:
    """Show a recording on a screen: encoded twice, with bezel, moire, banding and a cold backlight."""
    manner = ScreenManner.draw(random)
    width, height = (round(side * 0.9 * manner.size) // 2 * 2 for side in (camera.width, camera.height))
    shown = Camera(width=width, height=height, fps=camera.fps, noise_sigma=camera.noise_sigma)
    device = plane_mesh(width, height, columns=2, rows=2)
    behind = (room(camera, random=random) // 3).astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "recording.mp4"
        encoding = Encoding(crf=manner.crf)
        make_clip(recording, actions=scene, seed=seed + 1, camera=shown, encoding=encoding, portrait=portrait)
        for time_ms, picture in decoded(recording):
            time_s = time_ms / 1000
            hold = Hold(
                pitch_deg=1.5 * float(np.sin(1.7 * time_s)),
                yaw_deg=manner.yaw_deg + 2 * float(np.sin(1.1 * time_s)),
            )
            placed = held_up(device, hold, camera=camera)
            lit = render(device, moved=placed, texture=bezel(picture), onto=behind, fill=(0, 0, 0))
            yield time_ms, interfered(lit, manner, time_s=time_s)


def bezel(picture: ImageRgb) -> ImageRgb:
    """Give a picture the black frame and the cold, bright blacks of a screen."""
    lit = picture.astype(np.float32) * np.array([0.86, 0.92, 1.0], np.float32) + 14
    framed = np.clip(lit, 0, 255).astype(np.uint8)
    rim = max(6, picture.shape[1] // 18)
    framed[: 2 * rim], framed[-2 * rim :], framed[:, :rim], framed[:, -rim:] = 12, 12, 12, 12
    return framed


def interfered(picture: ImageRgb, manner: ScreenManner, *, time_s: float) -> ImageRgb:
    """Lay moire of the two pixel grids, a little apart for each colour, and refresh bands over a picture."""
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    carrier: Floats = (
        2 * np.pi * (columns / manner.period_px + rows / (2.3 * manner.period_px) + 0.8 * time_s)
    )
    height = picture.shape[0]
    bands = manner.bands * np.sin(2 * np.pi * (1.6 * rows / height - manner.roll_hz * time_s))
    layers = [1 + bands + manner.moire * np.sin(carrier + phase) for phase in (0.0, 0.7, 1.4)]
    soft = cv2.GaussianBlur(picture, (0, 0), manner.softness)
    return np.asarray(np.clip(soft * np.stack(layers, axis=2), 0, 255), np.uint8)


def decoded(path: Path) -> Pictures:
    """Read a recording back, at its presentation times."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield round(1000 * (frame.time or 0.0)), np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
