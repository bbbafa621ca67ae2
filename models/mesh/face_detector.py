"""MediaPipe's short-range BlazeFace: where in a picture to look for landmarks."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from models.mesh.network import Network
from models.mesh.region import Floats, ImageRgb, Region

SIDE: Final = 128
LEAST_SCORE: Final = 0.5
"""A detection needs this much confidence, in [0, 1]; MediaPipe's own default."""

_SAME_FACE_IOU = 0.5
_EXPANSION = 1.5
_GRIDS = ((16, 2), (8, 6))
"""Cells a side and anchors a cell: strides of 8 and three times 16, two anchors of one size for each."""
_EYES = (0, 1)
_BORDER = cv2.BORDER_CONSTANT


@dataclass(frozen=True, slots=True)
class Sighting:
    """One face: `region` is where its landmarks are to be looked for; `score` in [0, 1], higher is surer."""

    region: Region
    score: float


class ShortRangeDetector:
    """Finds faces within about two metres of the camera. Not shared between threads."""

    def __init__(self, content: bytes) -> None:
        self._anchors = _anchors()
        boxes = len(self._anchors)
        self._network = Network(
            content, name="face_detector.tflite", takes=(1, SIDE, SIDE, 3), gives=(16 * boxes, boxes)
        )

    def detect(self, image_rgb: ImageRgb, *, most: int) -> tuple[Sighting, ...]:
        """Find at most so many faces in uint8 RGB (h, w, 3), surest first."""
        whole = Region.around_whole(image_rgb)
        small = whole.cut(image_rgb, SIDE, border=_BORDER)
        raw, logits = self._network.run(small, scale=2 / 255, offset=-1.0)
        scores = (np.float32(1) + np.tanh(logits / 2)) / np.float32(2)
        sure = scores >= LEAST_SCORE
        if not sure.any():
            return ()
        # Centre, size and six points of each box, all in pixels of the small picture from the anchor on.
        boxes = raw.reshape(-1, 8, 2)[sure]
        boxes[:, 0] += self._anchors[sure]
        boxes[:, 2:] += self._anchors[sure, None]
        merged = _merge(boxes, scores[sure])[:most]
        return tuple(Sighting(_region(box, whole), score) for box, score in merged)


def _merge(boxes: Floats, scores: Floats) -> list[tuple[Floats, float]]:
    """Weighted non-maximum suppression: boxes of one face are averaged by their scores."""
    found = []
    order = np.argsort(-scores, kind="stable")
    while len(order):
        same = _overlaps(boxes[order], boxes[order[0]]) > _SAME_FACE_IOU
        same[0] = True
        members = order[same]
        weights = scores[members] / scores[members].sum()
        found.append((np.einsum("i,ijk->jk", weights, boxes[members]), float(scores[order[0]])))
        order = order[~same]
    return found


def _overlaps(boxes: Floats, box: Floats) -> Floats:
    """Intersection over union of each box with one, in [0, 1]."""
    low = np.maximum(boxes[:, 0] - boxes[:, 1] / 2, box[0] - box[1] / 2)
    high = np.minimum(boxes[:, 0] + boxes[:, 1] / 2, box[0] + box[1] / 2)
    both = np.clip(high - low, 0, None).prod(axis=1)
    union = boxes[:, 1].prod(axis=1) + box[1].prod() - both
    return np.asarray(both / np.maximum(union, 1e-9), np.float32)


def _region(box: Floats, whole: Region) -> Region:
    scale = whole.width / SIDE
    start, end = box[2 + _EYES[0]], box[2 + _EYES[1]]
    centre = whole.to_picture(np.array([[*box[0], 0.0]], np.float32), SIDE)[0]
    return Region(
        centre_x=float(centre[0]),
        centre_y=float(centre[1]),
        width=max(float(box[1, 0]) * scale * _EXPANSION, 1.0),
        height=max(float(box[1, 1]) * scale * _EXPANSION, 1.0),
        angle=float(np.arctan2(end[1] - start[1], end[0] - start[0])),
    )


def _anchors() -> npt.NDArray[np.float32]:
    """Centres of the anchors, float32 (896, 2), in pixels of the small picture."""
    grids = []
    for cells, anchors in _GRIDS:
        middle = (np.arange(cells, dtype=np.float32) + 0.5) * (SIDE / cells)
        across, down = np.meshgrid(middle, middle)
        grids.append(np.repeat(np.stack([across, down], axis=-1).reshape(-1, 2), anchors, axis=0))
    return np.concatenate(grids)
