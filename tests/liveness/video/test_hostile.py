"""Every hostile video is told what is wrong with it, soon, whichever way it comes."""

import os
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from liveness.errors import VideoError
from liveness.video.pushing import PushedVideo
from liveness.video.reading import Video, VideoLimits
from tests.liveness.video.hostile import MIB, READ, HostileVideo, hostile_videos, other_file

CORPUS = tuple(hostile_videos())
MEMORY = 1024 << 20
LIMITS = VideoLimits(opening_cpu_s=0.5)
"""A quarter of what the service gives: the corpus is to be through sooner."""

CPU_S = 5.0
"""Processor time, which a busy machine does not stretch; an answer takes a second at most."""

PIECE = 1 << 16
LARGE_AND_PUSHED = {"bomb-voids", "bomb-blocks", "bomb-many-boxes"}
DOORS = tuple(video for video in CORPUS if video.name.startswith("door-"))
Answer = tuple[type[Exception] | None, int, float]


def from_file(path: Path) -> int:
    with Video(path, limits=LIMITS) as video:
        return sum(1 for _ in video.frames())


def in_pieces(path: Path) -> int:
    with PushedVideo(limits=LIMITS) as video, path.open("rb") as file:
        count = 0
        while piece := file.read(PIECE):
            video.push(piece)
            count += sum(1 for _ in video.frames())
        video.end()
        return count + sum(1 for _ in video.frames())


def judge(path: Path, pushed: bool) -> Answer:
    """What a file is told, how many frames it gave and the processor time that took."""
    began = time.process_time()
    told, count = READ, 0
    try:
        count = in_pieces(path) if pushed else from_file(path)
    except VideoError as error:
        told = type(error)
    return told, count, time.process_time() - began


def bound() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def process() -> Iterator[ProcessPoolExecutor]:
    """One process with little memory for the whole corpus: none of its videos may end it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=bound) as pool:
        yield pool


@pytest.mark.parametrize("video", CORPUS, ids=lambda video: video.name)
def test_a_hostile_video_is_told_what_it_is(folder: Path, process: ProcessPoolExecutor, video: HostileVideo):
    path = folder / "video"
    data = video.make(folder)
    path.write_bytes(data)
    for pushed in (False, True) if len(data) < MIB or video.name in LARGE_AND_PUSHED else (False,):
        told, count, cpu_s = process.submit(judge, path, pushed).result(timeout=60)
        assert told in video.told
        assert (count > 0) == (told is READ)
        assert cpu_s < CPU_S


def test_the_corpus_has_every_kind_and_no_name_twice():
    names = [video.name for video in CORPUS]
    assert len(set(names)) == len(names) > 120
    told = {kind for video in CORPUS for kind in video.told}
    assert {kind.__name__ for kind in told if kind} >= {
        *("NotAVideo", "NoVideoStream", "UnsupportedCodec", "VideoTruncated", "VideoDamaged"),
        *("VideoTooLong", "VideoTooCostly", "FrameTooLarge"),
    }


@pytest.mark.parametrize("video", DOORS, ids=lambda video: video.name)
def test_other_files_are_left_alone(tmp_path: Path, process: ProcessPoolExecutor, video: HostileVideo):
    """What a video names beside itself is a pipe here: whoever opened it would wait for ever."""
    path = tmp_path / "video"
    path.write_bytes(video.make(tmp_path))
    other = other_file(tmp_path)
    other.unlink()
    os.mkfifo(other)
    assert str(other).encode() in path.read_bytes() or video.name == "door-sdp"
    told, _, _ = process.submit(judge, path, False).result(timeout=30)
    assert told is not READ
