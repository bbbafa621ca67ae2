"""Still pictures: read safely, and the one face in them found."""

import cv2
import numpy as np

from models.comparison import ImageBgr, Probe
from models.errors import FaceNotFound, PictureUnreadable, SeveralFaces
from models.landmarks import detect_in_still
from models.weights import WeightStore

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 1600
"""Pictures are made smaller to this side before faces are looked for: no face network here sees more."""

_JPEG_START_OF_FRAME = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def read_picture(data: bytes) -> ImageBgr:
    """Read a JPEG or PNG, upright, into uint8 BGR (h, w, 3) of at most 1600 pixels a side.

    Size is read from the header before anything is unpacked. Raises PictureUnreadable.
    """
    if len(data) > MAX_BYTES:
        raise PictureUnreadable(f"The picture is larger than {MAX_BYTES // 1024 // 1024} MiB.")
    width, height = _size(data)
    if width * height > MAX_PIXELS:
        raise PictureUnreadable(f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels.")
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise PictureUnreadable
    longest = max(image.shape[:2])
    if longest > MAX_SIDE:
        scale = MAX_SIDE / longest
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(image, np.uint8)


def read_face(data: bytes, weights: WeightStore) -> Probe:
    """Read a picture and the five points of the one face in it.

    Raises PictureUnreadable, FaceNotFound or SeveralFaces.
    """
    image = read_picture(data)
    faces = detect_in_still(weights.path("face_landmarker"), np.ascontiguousarray(image[:, :, ::-1]))
    if not faces:
        raise FaceNotFound
    if len(faces) > 1:
        raise SeveralFaces
    return Probe(image=image, five_points=faces[0].five_points)


def plain_portrait(data: bytes, weights: WeightStore) -> bytes:
    """Write a picture with one face anew, as an upright JPEG of at most 1600 pixels a side.

    What a phone writes beside the pixels, as place and time, is gone. Raises as `read_face`.
    """
    written, jpeg = cv2.imencode(".jpg", read_face(data, weights).image, [cv2.IMWRITE_JPEG_QUALITY, 95])
    if not written:
        raise PictureUnreadable
    return jpeg.tobytes()


def _size(data: bytes) -> tuple[int, int]:
    """Width and height from the header of a PNG or JPEG. Raises PictureUnreadable."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR" and len(data) >= 24:
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if data[:3] != b"\xff\xd8\xff":
        raise PictureUnreadable
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            raise PictureUnreadable
        marker = data[at + 1]
        if marker in _JPEG_START_OF_FRAME:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise PictureUnreadable
