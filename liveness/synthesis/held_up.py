"""A flat or rolled sheet held up before the camera: a photograph, or the glass of a screen."""

from dataclasses import dataclass

import numpy as np

from liveness.synthesis.camera import Camera
from liveness.synthesis.mesh import Floats, Mesh
from liveness.synthesis.portrait import ImageRgb

DISTANCE_WIDTHS = 2.2
"""How far the sheet is from the camera, in widths of the frame."""


@dataclass(frozen=True, slots=True)
class Hold:
    """How a sheet is held at one moment.

    Angles in degrees, pitch positive with the upper edge away. bend: share of a full turn it is rolled by,
    about an upright axis, or a lying one with `lying`. nearer: 0.1 is a tenth larger. across_px, down_px:
    shift.
    """

    pitch_deg: float = 0.0
    yaw_deg: float = 0.0
    roll_deg: float = 0.0
    bend: float = 0.0
    lying: bool = False
    nearer: float = 0.0
    across_px: float = 0.0
    down_px: float = 0.0


def held_up(sheet: Mesh, hold: Hold, *, camera: Camera) -> Floats:
    """Place the vertices of a sheet in front of the camera, float32 (n, 3)."""
    flat = sheet.vertices
    size = flat[:, :2].max(axis=0) + 1
    across, down = (flat[:, 0] - size[0] / 2), (flat[:, 1] - size[1] / 2)
    away = np.zeros_like(across)
    if hold.bend and hold.lying:
        radius = size[1] / (2 * np.pi * hold.bend)
        down, away = radius * np.sin(down / radius), radius * (1 - np.cos(down / radius))
    elif hold.bend:
        radius = size[0] / (2 * np.pi * hold.bend)
        across, away = radius * np.sin(across / radius), radius * (1 - np.cos(across / radius))
    pitch, yaw, roll = np.deg2rad([hold.pitch_deg, hold.yaw_deg, hold.roll_deg])
    down, away = np.cos(pitch) * down - np.sin(pitch) * away, np.sin(pitch) * down + np.cos(pitch) * away
    across, away = np.cos(yaw) * across + np.sin(yaw) * away, np.cos(yaw) * away - np.sin(yaw) * across
    across, down = np.cos(roll) * across - np.sin(roll) * down, np.sin(roll) * across + np.cos(roll) * down
    distance = DISTANCE_WIDTHS * camera.width
    near = (1 + hold.nearer) * distance / (distance + away)
    return np.stack(
        [
            camera.width / 2 + hold.across_px + across * near,
            camera.height / 2 + hold.down_px + down * near,
            away,
        ],
        axis=1,
    ).astype(np.float32)


def room(camera: Camera, *, random: np.random.Generator) -> ImageRgb:
    """Paint a wall with a soft light, a shelf's edge and a few blurred things on it."""
    rows, columns = np.mgrid[0 : camera.height, 0 : camera.width].astype(np.float32)
    light = 1 - 0.35 * rows / camera.height - 0.15 * columns / camera.width
    wall = light[:, :, None] * random.uniform(120, 200, 3).astype(np.float32)
    for _ in range(int(random.integers(3, 9))):
        left, top = random.uniform(-0.1, 0.9, 2) * (camera.width, camera.height)
        wide, high = random.uniform(0.05, 0.3, 2) * camera.width
        inside = np.exp(-((((columns - left) / wide) ** 4) + (((rows - top) / high) ** 4)))
        wall += inside[:, :, None] * random.uniform(-70, 50, 3).astype(np.float32)
    return np.asarray(np.clip(wall, 0, 255), np.uint8)
