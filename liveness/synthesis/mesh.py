"""A triangle mesh over a picture, and its rendering with moved vertices.

Triangle numbers are painted into a label image, each pixel looks up the inverse affine map of its triangle,
and one `cv2.remap` fetches the colours: no seams, and about 30 frames a second at 480 x 854 on two cores.
"""

from dataclasses import dataclass, field
from importlib.resources import files
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import Delaunay

from liveness.synthesis.portrait import ImageRgb, Portrait

Floats = npt.NDArray[np.float32]
Triangles = npt.NDArray[np.int32]

SUBPIXEL_BITS = 4
STILL_PX = 0.05
"""Vertices moved less than this many pixels count as still."""
FACE_POINTS = 468
INNER_LIP_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
INNER_LIP_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
RIGHT_LID_UPPER = (33, 246, 161, 160, 159, 158, 157, 173, 133)
RIGHT_LID_LOWER = (33, 7, 163, 144, 145, 153, 154, 155, 133)
LEFT_LID_UPPER = (263, 466, 388, 387, 386, 385, 384, 398, 362)
LEFT_LID_LOWER = (263, 249, 390, 373, 374, 380, 381, 382, 362)
OVAL: Final = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""The outline of the face as one closed ring of landmarks."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """Vertices of a picture and the triangles between them, in painting order.

    vertices: float32 (n, 3) in pixels, z scaled as x, away from the camera. triangles: int32 (m, 3).
    face_from: the first triangle of the face itself, which is painted last and from far to near.
    oval: indices of the face's outline. mouth: the strip between teeth and lower lip, a slice of triangles.
    """

    vertices: Floats = field(repr=False)
    triangles: Triangles = field(repr=False)
    face_from: int
    mouth: slice
    oval: tuple[int, ...]


def strip(upper: tuple[int, ...], lower: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Fill the area between two rows of vertices of equal length with triangles."""
    filled = []
    for (upper_a, upper_b), (lower_a, lower_b) in zip(pairwise(upper), pairwise(lower), strict=True):
        filled += [(upper_a, lower_a, lower_b), (upper_a, lower_b, upper_b)]
    return [triangle for triangle in filled if len(set(triangle)) == 3]


def face_mesh(portrait: Portrait) -> Mesh:
    """Make the mesh of a framed portrait: landmarks, a second row under the teeth, a grid around the face."""
    face, oval = _face_triangles(), OVAL

    teeth = tuple(range(FACE_POINTS, FACE_POINTS + len(INNER_LIP_LOWER) - 2))
    teeth_row = (INNER_LIP_LOWER[0], *teeth, INNER_LIP_LOWER[-1])
    landmarks = portrait.points[:FACE_POINTS]
    inner = np.vstack([landmarks, landmarks[list(INNER_LIP_LOWER[1:-1])]])

    grid = _grid_outside(portrait, inner[list(oval), :2])
    vertices = np.vstack([inner, grid]).astype(np.float32)
    ring = np.array([*oval, *range(len(inner), len(vertices))], np.int32)
    around = ring[Delaunay(vertices[ring, :2]).simplices]
    outline = inner[list(oval), :2].reshape(-1, 1, 2)
    outside = [
        triangle
        for triangle in around
        if cv2.pointPolygonTest(outline, vertices[triangle, :2].mean(axis=0).tolist(), measureDist=False) < 0
    ]
    mouth = strip(teeth_row, INNER_LIP_LOWER)
    holes = [
        *strip(INNER_LIP_UPPER, teeth_row),
        *strip(RIGHT_LID_UPPER, RIGHT_LID_LOWER),
        *strip(LEFT_LID_UPPER, LEFT_LID_LOWER),
    ]
    triangles = np.array([*outside, *mouth, *holes, *face], np.int32)
    first = len(outside)
    return Mesh(
        vertices=vertices,
        triangles=triangles,
        face_from=first + len(mouth) + len(holes),
        mouth=slice(first, first + len(mouth)),
        oval=oval,
    )


def plane_mesh(width: int, height: int, *, columns: int = 12, rows: int = 16) -> Mesh:
    """Make a regular mesh over a flat picture of that size."""
    xs, ys = np.meshgrid(np.linspace(0, width - 1, columns + 1), np.linspace(0, height - 1, rows + 1))
    vertices = np.stack([xs.ravel(), ys.ravel(), np.zeros(xs.size)], axis=1).astype(np.float32)
    numbers = np.arange(xs.size).reshape(rows + 1, columns + 1)
    triangles = [
        triangle
        for upper, lower in pairwise(numbers.tolist())
        for triangle in strip(tuple(upper), tuple(lower))
    ]
    return Mesh(
        vertices=vertices,
        triangles=np.array(triangles, np.int32),
        face_from=0,
        mouth=slice(0, 0),
        oval=(),
    )


def render(
    mesh: Mesh, *, moved: Floats, texture: ImageRgb, onto: ImageRgb, fill: tuple[int, int, int]
) -> ImageRgb:
    """Draw the texture with the mesh's vertices moved to `moved` (n, 3), over `onto`, which stays as it is.

    `fill` is the colour of the mouth's inside.
    """
    moving = np.abs(moved[:, :2] - mesh.vertices[:, :2]).max(axis=1) > STILL_PX
    drawn = np.flatnonzero(moving[mesh.triangles].any(axis=1))
    if onto is texture and not len(drawn):
        return onto.copy()
    if onto is not texture:
        drawn = np.arange(len(mesh.triangles))
    face = drawn >= mesh.face_from
    depth = moved[mesh.triangles[drawn[face]], 2].mean(axis=1)
    order = np.concatenate([drawn[~face], drawn[face][np.argsort(-depth)]])

    target = moved[:, :2][mesh.triangles]
    height, width = onto.shape[:2]
    corners = target[order].reshape(-1, 2)
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, [width, height]).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)) + 1, 0, [width, height]).astype(int)
    result = onto.copy()
    if right <= left or bottom <= top:
        return result

    labels = np.full((bottom - top, right - left), -1, np.int32)
    fixed = np.round((target - np.array([left, top], np.float32)) * (1 << SUBPIXEL_BITS)).astype(np.int32)
    for number in order.tolist():
        cv2.fillConvexPoly(labels, fixed[number], number, lineType=8, shift=SUBPIXEL_BITS)

    inverse = _inverse_affines(source=mesh.vertices[:, :2][mesh.triangles], target=target)
    source_x, source_y = _lookup(inverse, labels, left=int(left), top=int(top))
    drawn_part = cv2.remap(texture, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    region = result[top:bottom, left:right]
    painted = labels >= 0
    region[painted] = drawn_part[painted]
    _darken(region, (labels >= mesh.mouth.start) & (labels < mesh.mouth.stop), fill)
    return result


def _darken(region: ImageRgb, inside: npt.NDArray[np.bool_], fill: tuple[int, int, int]) -> None:
    """Paint the inside of the mouth into the region, with a soft edge."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not len(rows):
        return
    part = (
        slice(max(0, int(rows[0]) - 3), int(rows[-1]) + 4),
        slice(max(0, int(columns[0]) - 3), int(columns[-1]) + 4),
    )
    alpha = cv2.GaussianBlur(inside[part].astype(np.float32), (0, 0), 0.9)[:, :, None]
    region[part] = (region[part] * (1 - alpha) + np.array(fill, np.float32) * alpha).astype(np.uint8)


def _face_triangles() -> Triangles:
    """The triangles between the landmarks of a face, int32 (852, 3); MediaPipe's tessellation, Apache-2.0."""
    with (files("liveness.synthesis") / "face_triangles.csv").open(encoding="utf-8") as rows:
        return np.loadtxt(rows, np.int32, delimiter=",")


def _grid_outside(portrait: Portrait, outline: Floats) -> Floats:
    """Lay a grid of about a ninth of the face's width over the frame, without the face itself."""
    height, width = portrait.image.shape[:2]
    step = portrait.face_width_px / 9
    xs = np.linspace(0, width - 1, max(2, round(width / step)) + 1)
    ys = np.linspace(0, height - 1, max(2, round(height / step)) + 1)
    contour = outline.reshape(-1, 1, 2).astype(np.float32)
    ears = float(portrait.points[[234, 454], 2].mean())
    outside = [
        (x, y, ears)
        for y in ys.tolist()
        for x in xs.tolist()
        if cv2.pointPolygonTest(contour, (x, y), measureDist=True) < -step / 3
    ]
    return np.array(outside, np.float32)


def _inverse_affines(*, source: Floats, target: Floats) -> Floats:
    """Give for each triangle the (2, 3) map from target pixels to source pixels, flattened to (m, 6)."""
    origin, first, second = target[:, 0], target[:, 1] - target[:, 0], target[:, 2] - target[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    area = np.where(np.abs(area) < 1e-6, np.float32(1e-6), area)
    to_unit = np.stack([second[:, 1], -second[:, 0], -first[:, 1], first[:, 0]], axis=1) / area[:, None]
    edges = np.stack([source[:, 1] - source[:, 0], source[:, 2] - source[:, 0]], axis=2)
    linear = edges @ to_unit.reshape(-1, 2, 2)
    shift = source[:, 0] - (linear @ origin[:, :, None])[:, :, 0]
    return np.concatenate([linear, shift[:, :, None]], axis=2).reshape(-1, 6).astype(np.float32)


def _lookup(inverse: Floats, labels: npt.NDArray[np.int32], *, left: int, top: int) -> tuple[Floats, Floats]:
    """Evaluate each pixel's inverse affine map; pixels of no triangle (-1) get some map, unused."""
    rows = np.arange(top, top + labels.shape[0], dtype=np.float32)[:, None]
    columns = np.arange(left, left + labels.shape[1], dtype=np.float32)[None, :]
    parts = [np.take(np.ascontiguousarray(inverse[:, part]), labels, mode="wrap") for part in range(6)]
    return (
        parts[0] * columns + parts[1] * rows + parts[2],
        parts[3] * columns + parts[4] * rows + parts[5],
    )
