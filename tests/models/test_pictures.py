import struct
import zlib

import cv2
import numpy as np
import pytest

from models.errors import FaceNotAligned, FaceNotFound, PictureUnreadable
from models.pictures import MAX_BYTES, MAX_SIDE, read_face, read_picture
from models.weights import WeightStore
from tests.models.comparators.people import astronaut, jpeg


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_jpeg_and_png_are_read(suffix: str) -> None:
    data = cv2.imencode(suffix, np.full((90, 60, 3), 130, np.uint8))[1].tobytes()
    assert read_picture(data).shape == (90, 60, 3)


def test_a_grey_picture_becomes_three_channels() -> None:
    data = cv2.imencode(".png", np.full((20, 30), 130, np.uint8))[1].tobytes()
    assert read_picture(data).shape == (20, 30, 3)


def test_a_large_picture_is_made_smaller() -> None:
    data = cv2.imencode(".jpg", np.zeros((2000, 4000, 3), np.uint8))[1].tobytes()
    assert read_picture(data).shape == (MAX_SIDE // 2, MAX_SIDE, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(50),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x89PNG\r\n\x1a\n" + bytes(40),
    ],
    ids=["nothing", "gif", "start of a jpeg", "header of a jpeg", "png without header"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureUnreadable):
        read_picture(data)


def test_a_picture_that_unpacks_to_too_much_is_refused_by_its_header() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(PictureUnreadable, match="million pixels"):
        read_picture(bomb)


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(PictureUnreadable, match="10 MiB"):
        read_picture(b"\xff\xd8\xff" + bytes(MAX_BYTES))


def test_the_one_face_is_found(weights: WeightStore) -> None:
    points = read_face(jpeg(astronaut()), weights).five_points
    right_eye, left_eye, nose, right_mouth, left_mouth = points
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert right_eye[1] < nose[1] < right_mouth[1]


def test_no_face_and_two_faces_are_refused(weights: WeightStore) -> None:
    with pytest.raises(FaceNotFound):
        read_face(jpeg(np.full((300, 300, 3), 90, np.uint8)), weights)
    with pytest.raises(FaceNotAligned, match="more than one face"):
        read_face(jpeg(np.hstack([astronaut()[:300, 100:400]] * 2)), weights)
