"""Hostile videos on their way through the service: uploaded, judged in the pool, answered; nothing falls."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.bootstrap import Services
from api.jobs.memory import InMemoryJobRunner
from api.jobs.pool import WorkPool
from api.settings import Settings
from liveness.analysis import analyse_video
from liveness.challenge.asked import Asked
from liveness.errors import VideoError
from liveness.pad.policy import PadPolicy
from liveness.verdict import STANDARD_ACTIONS
from liveness.video.reading import Video
from models.weights import WeightStore
from tests.api.conftest import browser, signed_in_applicant
from tests.api.routes.test_uploads import TUS, opened, send
from tests.liveness.video.hostile import hostile_videos

CORPUS = {video.name: video for video in hostile_videos()}
ANSWERED_WITHIN_S = 5.0
"""In processor time, which a busy machine does not stretch; the pool ends whoever takes more."""

UPLOADED = {
    "cut-mp4-5": "video.truncated",
    "sound-mp4": "video.no_picture",
    "alpha-qtrle": "video.unsupported_codec",
    "10000-frames": "video.too_long",
    "bomb-fragment-80m": "video.too_costly",
    "tenth-of-a-frame-a-second": "video.too_short",
    "240-frames-a-second": "video.too_short",
}

JUDGED = (
    *("cut-mp4-3", "picture-grows"),
    *("bomb-compressed-index-4g", "bomb-fragment-80m", "bomb-voids", "bomb-tags-webm"),
)


def frames_of(path: Path) -> int:
    """Work for a process of the pool."""
    with Video(path) as video:
        return sum(1 for _ in video.frames())


def people_in(path: Path, weights_dir: Path) -> str:
    """Work for a process of the pool: what is told of a video that is analysed to its end."""
    try:
        analysis = analyse_video(
            path,
            asked=Asked.of(STANDARD_ACTIONS),
            weights=WeightStore(weights_dir),
            policy=PadPolicy.load("standard"),
        )
    except VideoError as error:
        return error.code
    return " ".join(reason.code for reason in analysis.verdict.reasons)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "cut-mp4-3",
        "picture-grows",
        "bomb-compressed-index-4g",
        "bomb-fragment-80m",
        "bomb-voids",
        "bomb-tags-webm",
    ],
)
def test_the_pool_answers_soon_and_lives_on(pool: WorkPool, tmp_path: Path, name: str) -> None:
    path = tmp_path / "video"
    path.write_bytes(CORPUS[name].make(tmp_path))
    with pytest.raises(VideoError) as caught:
        pool.run(frames_of, path, timeout_seconds=60, cpu_seconds=ANSWERED_WITHIN_S)
    assert type(caught.value) in CORPUS[name].told


@pytest.mark.slow
def test_what_only_looks_strange_is_looked_at_to_its_end_and_nobody_is_found(
    pool: WorkPool, tmp_path: Path, weights_dir: Path
) -> None:
    """Every video of the corpus that can be read, through all that looks at pictures."""
    strange = [video for video in CORPUS.values() if None in video.told and "cut" not in video.name]
    told = {}
    for video in strange:
        path = tmp_path / "video"
        path.write_bytes(video.make(tmp_path))
        told[video.name] = pool.run(
            people_in, path, weights_dir, timeout_seconds=60, cpu_seconds=ANSWERED_WITHIN_S
        )
    assert {"one-pixel", "240-frames-a-second", "turned-90", "ten-bits", "alpha-vp8"} <= told.keys()
    seen = {name: answer for name, answer in told.items() if not answer.startswith("video.")}
    assert seen
    assert {answer.split()[0] for answer in seen.values()} == {"quality.no_face"}


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkPool]:
    """Processes as small as the service's own are by default."""
    made = WorkPool(workers=1, memory_mib=1536, modules=["liveness.video.reading"])
    yield made
    made.stop()


@pytest.fixture
def settings(tmp_path: Path, weights_dir: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", weights_dir=weights_dir)


@pytest.mark.slow
def test_an_uploaded_one_is_told_what_it_is_and_never_passes(
    app: FastAPI, services: Services, tmp_path: Path
) -> None:
    runner = services.jobs
    assert isinstance(runner, InMemoryJobRunner)
    told = {}
    for number, name in enumerate(UPLOADED):
        applicant = signed_in_applicant(app, f"applicant.{number}")
        session = opened(applicant)
        data = CORPUS[name].make(tmp_path)
        made = applicant.post(
            f"/v1/liveness-sessions/{session}/uploads", headers={**TUS, "Upload-Length": str(len(data))}
        )
        assert send(applicant, made.headers["location"], 0, data).status_code == 204
        runner.run_all()
        seen = applicant.get(f"/v1/liveness-sessions/{session}").json()
        assert seen["state"] == "undecided"
        told[name] = seen["reasons"][0]["code"]
    assert told == UPLOADED
    assert browser(app).get("/healthz").status_code == 200
