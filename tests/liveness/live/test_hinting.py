"""Every hint from real pixels: pictures that are wrong in one way, as a recorder sends them."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from liveness.challenge.asked import Asked
from liveness.inspection import Inspection
from liveness.live.analysis import LiveAnalysis, LiveParts
from liveness.live.happenings import HintsChanged
from liveness.pad.detector import EvidenceDetector
from liveness.pad.policy import PadPolicy
from liveness.synthesis import Encoding, astronaut, frame_portrait
from liveness.synthesis.encoding import write_video
from liveness.synthesis.portrait import ImageRgb
from liveness.verdict import STANDARD_ACTIONS
from liveness.video.pushing import PushedVideo
from models.comparators.sface import SfaceEmbedder
from models.weights import WeightStore

FPS = 12
SECONDS = 1.0
WIDTH, HEIGHT = 480, 640
PIECE = 8_000
Spoil = Callable[[ImageRgb, float], ImageRgb]


def warped(picture: ImageRgb, matrix: np.ndarray) -> ImageRgb:
    size = (WIDTH, HEIGHT)
    return np.asarray(cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def moved(picture: ImageRgb, across_px: float) -> ImageRgb:
    return warped(picture, np.array([[1, 0, across_px], [0, 1, 0]], np.float64))


def scaled(picture: ImageRgb, scale: float) -> ImageRgb:
    """The same scene from further away, or from nearer."""
    return warped(picture, cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT * 0.45), 0, scale))


def with_light(picture: ImageRgb, gain: float, more: float) -> ImageRgb:
    return np.asarray(cv2.convertScaleAbs(picture, alpha=gain, beta=more), np.uint8)


def shaken(picture: ImageRgb, time_s: float) -> ImageRgb:
    """To and fro at an even speed, 600 pixels a second."""
    return moved(picture, 90 - abs(600 * time_s % 360 - 180))


def beside_another(picture: ImageRgb, _time_s: float) -> ImageRgb:
    half = cv2.resize(picture, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    canvas = np.full_like(picture, 120)
    canvas[HEIGHT // 4 : HEIGHT // 4 + HEIGHT // 2] = np.hstack([half, half[:, ::-1]])
    return canvas


def behind_glass(picture: ImageRgb, _time_s: float) -> ImageRgb:
    shining = picture.copy()
    points = frame_portrait(astronaut(), width=WIDTH, height=HEIGHT).points
    for corners in ((33, 133), (362, 263)):
        x, y = points[list(corners), :2].mean(axis=0)
        cv2.ellipse(shining, (round(x), round(y) - 3), (17, 11), 20, 0, 360, (255, 255, 255), -1)
    return np.asarray(cv2.GaussianBlur(shining, (3, 3), 0), np.uint8)


WRONG: dict[str, Spoil] = {
    "quality.no_face": lambda picture, _: np.full_like(picture, 130),
    "quality.several_faces": beside_another,
    "quality.too_dark": lambda picture, _: with_light(picture, 0.22, 0),
    "quality.too_bright": lambda picture, _: with_light(picture, 0.2, 200),
    "quality.too_small": lambda picture, _: scaled(picture, 0.35),
    "quality.too_near": lambda picture, _: scaled(picture, 2.0),
    "quality.off_centre": lambda picture, _: moved(picture, -190),
    "quality.moving": shaken,
    "quality.glare": behind_glass,
}


def hints(path: Path, weights: WeightStore) -> list[tuple[str, ...]]:
    """What was told while the bytes came."""
    told: list[tuple[str, ...]] = []
    data, embedder = path.read_bytes(), SfaceEmbedder(weights)
    with Inspection(weights, embedder=embedder) as inspection, PushedVideo() as video:
        parts = LiveParts(inspection, EvidenceDetector(PadPolicy.load("synthetic")), embedder)
        live = LiveAnalysis(Asked.of(STANDARD_ACTIONS), parts)
        for at in range(0, len(data), PIECE):
            video.push(data[at : at + PIECE])
            for frame in video.frames(live.wants):
                live.see(frame, arrived_ms=float(frame.time_ms))
                told += [
                    one.codes for one in live.tell(float(frame.time_ms)) if isinstance(one, HintsChanged)
                ]
    return told


@pytest.fixture(scope="module")
def picture() -> ImageRgb:
    return frame_portrait(astronaut(), width=WIDTH, height=HEIGHT).image


def film(path: Path, picture: ImageRgb, spoil: Spoil) -> Path:
    frames = (
        (round(1000 * number / FPS), spoil(picture, number / FPS)) for number in range(round(SECONDS * FPS))
    )
    write_video(path, frames, fps=FPS, encoding=Encoding(streamed=True))
    return path


@pytest.mark.parametrize("code", WRONG)
def test_what_is_wrong_is_told_while_the_bytes_come(
    picture: ImageRgb, tmp_path: Path, weights: WeightStore, code: str
) -> None:
    told = hints(film(tmp_path / "live.webm", picture, WRONG[code]), weights)
    assert told
    assert code in {one for codes in told for one in codes}


def test_a_good_picture_gets_no_hint(picture: ImageRgb, tmp_path: Path, weights: WeightStore) -> None:
    assert hints(film(tmp_path / "live.webm", picture, lambda good, _: good), weights) == []
