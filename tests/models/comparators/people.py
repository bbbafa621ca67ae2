"""Two people whose pictures ship with scikit-image, and ways to build comparators for them."""

import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import uvicorn
from fastapi import FastAPI

from models.comparison import DocumentType, IdentityClaim, ImageBgr, PortraitRegister, Probe
from models.pictures import read_face, read_picture
from models.registry import ComparatorConfig
from models.weights import WeightStore

COLLINS = IdentityClaim(DocumentType.PASSPORT, "E00000001", "艾琳")
"""The astronaut of scikit-image's pictures (NASA, public domain), under a made-up name."""
OTHER = IdentityClaim(DocumentType.PASSPORT, "E00000002", "对照")
STRANGER = IdentityClaim(DocumentType.PASSPORT, "E00000003", "查无此人")
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@cache
def astronaut() -> ImageBgr:
    from skimage import data

    return np.ascontiguousarray(data.astronaut()[:, :, ::-1])


@cache
def other_person() -> ImageBgr:
    """A person of scikit-image's LFW subset: 25 x 25 grey pixels, enlarged, still found as a face."""
    from skimage import data

    grey = cv2.resize(
        (data.lfw_subset()[0] * 255).astype(np.uint8), (256, 256), interpolation=cv2.INTER_CUBIC
    )
    framed = cv2.copyMakeBorder(grey, 100, 100, 100, 100, cv2.BORDER_REPLICATE)
    return np.stack([framed] * 3, axis=-1)


def phone_take(image: ImageBgr) -> ImageBgr:
    """The same face as a phone might have seen it: turned, darker, noisy, smaller, compressed."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 9, 0.8)
    turned = cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    noise = np.random.default_rng(3).normal(0, 6, turned.shape)
    dark = np.clip(turned * 0.75 + 8 + noise, 0, 255).astype(np.uint8)
    encoded = cv2.imencode(".jpg", dark, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()
    return read_picture(encoded)


def jpeg(image: ImageBgr) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def make_probe(image: ImageBgr, weights: WeightStore) -> Probe:
    return read_face(jpeg(image), weights)


def make_config(
    weights: WeightStore,
    *,
    register: PortraitRegister | None = None,
    options: Mapping[str, str] | None = None,
    production: bool = False,
) -> ComparatorConfig:
    ids = (f"id-{number}" for number in itertools.count(1))
    return ComparatorConfig(
        weights=weights,
        register=register,
        options=options or {},
        production=production,
        clock=lambda: NOW,
        new_id=lambda: next(ids),
    )


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Run an application by uvicorn on a free loopback port; give its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        give_up = time.monotonic() + 10
        while not server.started:
            if time.monotonic() > give_up or not thread.is_alive():
                raise TimeoutError("uvicorn did not start")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def write_key(folder: Path) -> Path:
    file = folder / "authority.key"
    file.write_text("5e" * 32)
    file.chmod(0o600)
    return file


class MovingClock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, step: timedelta) -> None:
        self.now += step
