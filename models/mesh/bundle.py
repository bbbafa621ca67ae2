"""The parts of MediaPipe's face landmarker bundle, a zip of three networks and the geometry of a face."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from models.errors import BundleUnreadable

Doubles = npt.NDArray[np.float64]

VERTICES: Final = 468
_VERTEX_FLOATS = 5
_MESH_VERTICES, _MESH_TRIANGLES = 3, 4
_MAX_PART_BYTES = 16 * 1024 * 1024

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class CanonicalFace:
    """The face that a pose is measured against.

    vertices: float64 (468, 3) in centimetres, x to the right of the picture, y up, z toward the camera.
    basis: int (n,), the vertices that move with the skull. weights: float64 (n,), how much each counts.
    """

    vertices: Doubles = field(repr=False)
    basis: npt.NDArray[np.intp] = field(repr=False)
    weights: Doubles = field(repr=False)

    def __post_init__(self) -> None:
        if self.vertices.shape != (VERTICES, 3):
            raise BundleUnreadable
        if len(self.basis) < 4 or self.basis.max() >= VERTICES or (self.weights < 0).any():
            raise BundleUnreadable

    @classmethod
    def parse(cls, message: bytes) -> Self:
        """Read MediaPipe's GeometryPipelineMetadata (proto2). Raises BundleUnreadable."""
        coordinates: list[bytes] = []
        basis: list[int] = []
        weights: list[float] = []
        for number, value in _fields(message):
            if number == 1:
                # The triangles, which follow, are not needed and are long to read.
                for inner, floats in _fields(_message(value)):
                    if inner == _MESH_TRIANGLES:
                        break
                    if inner == _MESH_VERTICES:
                        coordinates.append(_message(floats))
            elif number == 2:
                landmark = dict(_fields(_message(value)))
                basis.append(_integer(landmark.get(1, 0)))
                weights.append(float(np.frombuffer(_message(landmark.get(2, b"")), "<f4")[0]))
        floats_read = np.frombuffer(b"".join(coordinates), "<f4")
        if len(floats_read) % _VERTEX_FLOATS:
            raise BundleUnreadable
        return cls(
            vertices=floats_read.reshape(-1, _VERTEX_FLOATS)[:, :3].astype(np.float64),
            basis=np.array(basis, np.intp),
            weights=np.array(weights, np.float64),
        )


@dataclass(frozen=True, slots=True)
class Bundle:
    """The networks of a `.task` file as LiteRT reads them, and the face they were made with."""

    detector: bytes = field(repr=False)
    landmarks: bytes = field(repr=False)
    blendshapes: bytes = field(repr=False)
    canonical: CanonicalFace = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a bundle. Raises FileNotFoundError, BundleUnreadable."""
        if not path.is_file():
            raise FileNotFoundError(path)
        try:
            with zipfile.ZipFile(path) as archive:
                return cls(
                    detector=_part(archive, "face_detector.tflite"),
                    landmarks=_part(archive, "face_landmarks_detector.tflite"),
                    blendshapes=_part(archive, "face_blendshapes.tflite"),
                    canonical=CanonicalFace.parse(
                        _part(archive, "geometry_pipeline_metadata_landmarks.binarypb")
                    ),
                )
        except (zipfile.BadZipFile, KeyError, IndexError, ValueError) as error:
            raise BundleUnreadable from error


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _MAX_PART_BYTES:
        raise BundleUnreadable
    return archive.read(name)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol buffer message, in order: number, and an integer or the bytes of the rest."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            integer, at = _varint(message, at)
            yield key >> 3, integer
            continue
        if kind == _BYTES:
            length, at = _varint(message, at)
        elif kind in (_FIXED32, _FIXED64):
            length = 4 if kind == _FIXED32 else 8
        else:
            raise BundleUnreadable
        if at + length > len(message):
            raise BundleUnreadable
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
    raise BundleUnreadable


def _message(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise BundleUnreadable
    return value


def _integer(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise BundleUnreadable
    return value
