"""Labelled recordings of people, each looked at once a session."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from liveness.analysis import Samplers, sample_video
from liveness.errors import VideoError
from liveness.observation.observer import Observations
from liveness.video.reading import VideoLimits
from models.weights import WeightStore

Look = Callable[[str], tuple[Observations, Samplers] | VideoError]


@pytest.fixture(scope="session")
def clips_dir() -> Path:
    """The folder of labelled recordings; they are of real people and never part of the project."""
    folder = os.environ.get("NOVISIT_CLIPS_DIR")
    if not folder or not (Path(folder) / "labels.json").is_file():
        pytest.skip("no labelled recordings: set NOVISIT_CLIPS_DIR to a folder with labels.json")
    return Path(folder)


@pytest.fixture(scope="session")
def look_at_clip(clips_dir: Path, weights: WeightStore) -> Look:
    """Look once at a recording, by its file name; what cannot be read gives its error as a value."""
    seen: dict[str, tuple[Observations, Samplers] | VideoError] = {}

    def look(file: str) -> tuple[Observations, Samplers] | VideoError:
        if file not in seen:
            try:
                seen[file] = sample_video(clips_dir / file, weights=weights, limits=VideoLimits())
            except VideoError as error:
                seen[file] = error
        return seen[file]

    return look
