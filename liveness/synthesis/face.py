"""A face that can nod, turn, open its mouth, close its eyes and put on its smile.

The blink is a wipe: a closed lid is painted once by inpainting, and its edge travels down over the eye, so
that the eyeball stays where it is. (Stretching the lid instead smears the lashes and reaches half the blink
score.) The mouth, the nod and the turn move the vertices of the mesh. The portrait smiles of itself, so what
is drawn of a smile is the sober face around it.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from liveness.synthesis.mesh import (
    FACE_POINTS,
    INNER_LIP_LOWER,
    LEFT_LID_LOWER,
    LEFT_LID_UPPER,
    RIGHT_LID_LOWER,
    RIGHT_LID_UPPER,
    Floats,
    Mesh,
    face_mesh,
    render,
)
from liveness.synthesis.portrait import ImageRgb, Portrait

NOD_DEG = 15.0
TURN_DEG = 24.0
MOUTH_TILT_DEG = 4.0
"""A mouth that opens wide tilts the head back; without it the dropped jaw alone reads as a lowered head."""
CAMERA_DISTANCE_FACES = 3.4
LID_TRAVEL = 1.2
BROW_LIFT = 0.02
JAW_DROP = 0.17
CORNER_PULL = 0.4
CORNER_DROP = 0.06
SOBER_PULL = 0.25
SOBER_DROP = 0.03
LASH_RGB = (52, 32, 28)
MOUTH_RGB = (46, 16, 18)
BROWS = (70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 300, 293, 334, 296, 336, 276, 283, 282, 295, 285)
LOWER_LIP = (
    *(146, 91, 181, 84, 17, 314, 405, 321, 375),
    *(77, 90, 180, 85, 16, 315, 404, 320, 307),
    *(96, 89, 179, 86, 15, 316, 403, 319, 325),
    *INNER_LIP_LOWER[1:-1],
)
CORNERS = (61, 291)


@dataclass(frozen=True, slots=True)
class Expression:
    """What a face does at one moment: each from 0 (neutral) to 1 (in full).

    A nod of -1 looks up, a turn of -1 to the person's own right. sober: how far the portrait's smile is gone.
    """

    nod: float = 0.0
    mouth: float = 0.0
    blink: float = 0.0
    turn: float = 0.0
    sober: float = 0.0


@dataclass(frozen=True, slots=True)
class Eye:
    """One eye as the wipe needs it: edges of the open lid, left to right, in pixels."""

    upper: Floats = field(repr=False)
    lower: Floats = field(repr=False)

    @property
    def width_px(self) -> float:
        return float(np.linalg.norm(self.upper[-1] - self.upper[0]))


class Puppet:
    """One framed portrait, ready to be drawn with any expression."""

    def __init__(self, portrait: Portrait) -> None:
        self._portrait = portrait
        self._mesh = face_mesh(portrait)
        self._eyes = tuple(
            Eye(upper=portrait.points[list(upper), :2], lower=portrait.points[list(lower), :2])
            for upper, lower in ((RIGHT_LID_UPPER, RIGHT_LID_LOWER), (LEFT_LID_UPPER, LEFT_LID_LOWER))
        )
        self._closed = closed_lids(portrait.image, self._eyes)
        self._jaw = _jaw_shift(portrait, self._mesh)
        self._brow = _brow_shift(portrait, self._mesh)
        self._sober = _sober_shift(portrait, self._mesh)
        self._follow = _head_weight(portrait, self._mesh)
        self._depth = _head_depth(portrait, self._mesh)

    def draw(self, expression: Expression) -> ImageRgb:
        """Give the frame, uint8 RGB (h, w, 3), of one expression."""
        texture = self._portrait.image
        if expression.blink > 0:
            texture = wipe(texture, closed=self._closed, eyes=self._eyes, amount=expression.blink)
        moved = self._mesh.vertices + expression.mouth * self._jaw + expression.blink * self._brow
        moved += expression.sober * self._sober
        pitch_deg = NOD_DEG * expression.nod - MOUTH_TILT_DEG * expression.mouth
        if pitch_deg or expression.turn:
            moved = self._turned(moved, pitch_deg=pitch_deg, yaw_deg=TURN_DEG * expression.turn)
        return render(self._mesh, moved=moved, texture=texture, onto=texture, fill=MOUTH_RGB)

    def _turned(self, vertices: Floats, *, pitch_deg: float, yaw_deg: float) -> Floats:
        """Turn the head about the middle of its ears; pitch looks down, yaw to the person's own left."""
        portrait = self._portrait
        pivot = portrait.points[[234, 454]].mean(axis=0)
        distance = CAMERA_DISTANCE_FACES * portrait.face_width_px
        still = vertices - pivot
        still[:, 2] = self._depth + (vertices[:, 2] - self._mesh.vertices[:, 2])
        turned = still @ _rotation(np.deg2rad(pitch_deg), np.deg2rad(yaw_deg)).T
        shift = turned[:, :2] * (distance / (distance + turned[:, 2:])) - still[:, :2] * (
            distance / (distance + still[:, 2:])
        )
        moved = vertices.copy()
        moved[:, :2] += shift * self._follow[:, None]
        moved[:, 2] = turned[:, 2]
        return moved


def _rotation(pitch: float, yaw: float) -> Floats:
    """The matrix of a turn by yaw, then by pitch, in a picture's axes: x right, y down, z away."""
    about_x = [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    about_y = [[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]]
    return np.asarray(np.array(about_x) @ np.array(about_y), np.float32)


def closed_lids(image: ImageRgb, eyes: tuple[Eye, ...]) -> ImageRgb:
    """Paint skin over both eyes."""
    mask = np.zeros(image.shape[:2], np.uint8)
    for eye in eyes:
        gap = float(np.linalg.norm(eye.lower - eye.upper, axis=1).max())
        outline = np.vstack([eye.upper, eye.lower[::-1]])
        cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 255)
        reach = max(3, round(gap * 0.7)) | 1
        around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        np.maximum(mask, cv2.dilate(mask, around), out=mask)
    filled = np.asarray(cv2.inpaint(image, mask, 3, cv2.INPAINT_TELEA), np.uint8)
    soft = cv2.GaussianBlur(filled, (0, 0), eyes[0].width_px / 14)
    return np.where(mask[:, :, None] > 0, soft, filled).astype(np.uint8)


def wipe(image: ImageRgb, *, closed: ImageRgb, eyes: tuple[Eye, ...], amount: float) -> ImageRgb:
    """Draw the upper lids lowered by `amount` in [0, 1] over the open eyes."""
    result = image.copy()
    for eye in eyes:
        gap = eye.lower - eye.upper
        edge = eye.upper + np.float32(LID_TRAVEL * amount) * gap
        raised = eye.upper - np.float32(0.55) * gap - np.array([0, 1], np.float32)
        mask = np.zeros(image.shape[:2], np.uint8)
        covered = np.vstack([raised, edge[::-1]])
        cv2.fillPoly(mask, [np.round(covered * 16).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
        reach = eye.width_px
        left, top = np.maximum(np.floor(covered.min(axis=0) - reach / 2), 0).astype(int)
        right, bottom = np.ceil(covered.max(axis=0) + reach / 2).astype(int)
        part = (slice(int(top), int(bottom)), slice(int(left), int(right)))
        alpha = (
            cv2.GaussianBlur(mask[part], (0, 0), max(0.6, reach / 45)).astype(np.float32)[:, :, None] / 255
        )
        alpha *= min(1.0, 4 * amount)
        region = result[part] * (1 - alpha) + closed[part] * alpha

        line = np.zeros(mask[part].shape, np.uint8)
        corner = np.array([left, top], np.float32)
        cv2.polylines(
            line,
            [np.round((edge - corner) * 16).astype(np.int32)],
            isClosed=False,
            color=255,
            thickness=max(1, round(reach / 16)),
            lineType=cv2.LINE_AA,
            shift=4,
        )
        ink = cv2.GaussianBlur(line, (0, 0), max(0.5, reach / 50)).astype(np.float32)[:, :, None] / 255
        ink *= 0.9 * min(1.0, 4 * amount)
        result[part] = np.clip(region * (1 - ink) + np.array(LASH_RGB, np.float32) * ink, 0, 255)
    return result


def smoothstep(values: Floats, *, low: float, high: float) -> Floats:
    """Rise smoothly from 0 at `low` to 1 at `high`; falls where low > high."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _jaw_shift(portrait: Portrait, mesh: Mesh) -> Floats:
    """How far each vertex moves when the mouth is fully open."""
    points, width, height = portrait.points, portrait.face_width_px, portrait.face_height_px
    right, left = points[CORNERS[0], :2], points[CORNERS[1], :2]
    half = float(np.linalg.norm(left - right)) / 2
    centre_x = float((left[0] + right[0]) / 2)
    flat = mesh.vertices[:, :2]
    across = np.abs(flat[:, 0] - centre_x)

    row = sorted(INNER_LIP_LOWER, key=lambda index: float(points[index, 0]))
    line = np.interp(flat[:, 0], points[row, 0], points[row, 1]).astype(np.float32)
    below = smoothstep(flat[:, 1] - line, low=0.0, high=0.10 * height)
    beside = smoothstep(across, low=0.56 * width, high=0.25 * width)
    neck = smoothstep(flat[:, 1], low=float(points[152, 1]) + 1.1 * height, high=float(points[152, 1]))
    drop = below * beside * neck

    lip = np.zeros(len(flat), bool)
    lip[list(LOWER_LIP)] = True
    rounded = np.sqrt(np.clip(1 - (across / half) ** 2, 0, 1)).astype(np.float32)
    drop = np.where(lip, np.maximum(drop, rounded), drop)
    teeth = slice(FACE_POINTS, FACE_POINTS + len(INNER_LIP_LOWER) - 2)
    drop[teeth] = 0

    shift = np.zeros_like(mesh.vertices)
    shift[:, 1] = JAW_DROP * height * drop
    for corner, inward in ((right, 1.0), (left, -1.0)):
        near = np.exp(-((flat - corner) ** 2).sum(axis=1) / (2 * (0.7 * half) ** 2)).astype(np.float32)
        shift[:, 0] += near * np.float32(inward * CORNER_PULL * half)
        shift[:, 1] += near * np.float32(CORNER_DROP * height) * (1 - drop)
    return shift


def _sober_shift(portrait: Portrait, mesh: Mesh) -> Floats:
    """How far each vertex moves when the smile is gone: the corners of the mouth come in and down."""
    right, left = portrait.points[CORNERS[0], :2], portrait.points[CORNERS[1], :2]
    half = float(np.linalg.norm(left - right)) / 2
    flat = mesh.vertices[:, :2]
    shift = np.zeros_like(mesh.vertices)
    for corner, inward in ((right, 1.0), (left, -1.0)):
        near = np.exp(-((flat - corner) ** 2).sum(axis=1) / (2 * (0.7 * half) ** 2)).astype(np.float32)
        shift[:, 0] += near * np.float32(inward * SOBER_PULL * half)
        shift[:, 1] += near * np.float32(SOBER_DROP * portrait.face_height_px)
    return shift


def _brow_shift(portrait: Portrait, mesh: Mesh) -> Floats:
    """How far each vertex moves when the lids are fully closed: the brows rise a little."""
    shift = np.zeros_like(mesh.vertices)
    shift[list(BROWS), 1] = -BROW_LIFT * portrait.face_height_px
    return shift


def _head_rim(portrait: Portrait, mesh: Mesh) -> Floats:
    """Distance of each vertex from the middle of the head, 1 on the ellipse that holds head and hair."""
    centre = (portrait.points[10, :2] + portrait.points[152, :2]) / 2
    centre[1] -= 0.12 * portrait.face_height_px
    axes = np.array([0.85 * portrait.face_width_px, 1.0 * portrait.face_height_px], np.float32)
    return np.asarray(np.linalg.norm((mesh.vertices[:, :2] - centre) / axes, axis=1), np.float32)


def _head_weight(portrait: Portrait, mesh: Mesh) -> Floats:
    """How far each vertex follows the head: 1 on it, a cosine fall-off around it, 0 at the neck's foot."""
    rim = np.clip((_head_rim(portrait, mesh) - 1) / 0.5, 0, 1)
    weight = (0.5 + 0.5 * np.cos(np.pi * rim)).astype(np.float32)
    chin = float(portrait.points[152, 1])
    weight *= smoothstep(mesh.vertices[:, 1], low=chin + 0.5 * portrait.face_height_px, high=chin)
    weight[: FACE_POINTS + len(INNER_LIP_LOWER) - 2] = 1
    return np.asarray(weight, np.float32)


def _head_depth(portrait: Portrait, mesh: Mesh) -> Floats:
    """Depth of each vertex from the ears' plane; the hair bends back from the outline to that plane."""
    pivot = float(portrait.points[[234, 454], 2].mean())
    depth = mesh.vertices[:, 2] - np.float32(pivot)
    outside = slice(FACE_POINTS + len(INNER_LIP_LOWER) - 2, None)
    oval = list(mesh.oval)
    gaps = np.linalg.norm(mesh.vertices[outside, None, :2] - mesh.vertices[None, oval, :2], axis=2)
    nearest = depth[oval][gaps.argmin(axis=1)]
    away = np.clip(gaps.min(axis=1) / (0.6 * portrait.face_width_px), 0, 1)
    depth[outside] = nearest * (1 - away)
    return np.asarray(depth, np.float32)
