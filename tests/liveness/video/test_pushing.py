"""Bytes that are pushed give the frames that the same bytes give in a file."""

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveness.errors import (
    NotAVideo,
    NoVideoStream,
    UnsupportedCodec,
    VideoError,
    VideoTooLarge,
    VideoTruncated,
)
from liveness.video.facts import VideoFacts
from liveness.video.pushing import PushedVideo
from liveness.video.reading import Frame, Video, VideoLimits
from tests.liveness.video.test_reading import write_sound, write_video

LIVE_WEBM = {"live": "1"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
SHORT_FRAGMENTS = {"movflags": "empty_moov+default_base_moof", "frag_duration": "200000"}

FORMATS = {
    "vp8-live": (".webm", "libvpx", LIVE_WEBM),
    "vp9-live": (".webm", "libvpx-vp9", LIVE_WEBM),
    "h264-live": (".mkv", "libx264", LIVE_WEBM),
    "vp8-whole": (".webm", "libvpx", {}),
    "fragments": (".mp4", "libx264", FRAGMENTED),
    "short-fragments": (".mp4", "libx264", SHORT_FRAGMENTS),
    "hevc-fragments": (".mp4", "libx265", FRAGMENTED),
    "index-first": (".mp4", "libx264", {"movflags": "faststart"}),
    "index-last": (".mp4", "libx264", {}),
    "quicktime": (".mov", "libx264", {}),
}
INDEX_LAST = {"index-last", "quicktime"}
STILL_TO_COME = 0.85
"""Share of a file after which its first frame must have come where the index comes first."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("formats")
    return {
        name: write_video(folder / f"{name}{suffix}", codec=codec, options=options, seconds=1.5)
        for name, (suffix, codec, options) in FORMATS.items()
    }


def digests(frames: list[Frame]) -> list[tuple[int, str]]:
    return [(frame.time_ms, hashlib.sha256(frame.image.tobytes()).hexdigest()) for frame in frames]


def from_file(path: Path, limits: VideoLimits | None = None) -> tuple[list[tuple[int, str]], VideoFacts]:
    with Video(path, limits=limits) as video:
        return digests(list(video.frames())), video.facts


def pushed(
    pieces: list[bytes], limits: VideoLimits | None = None
) -> tuple[list[tuple[int, str]], VideoFacts, list[int]]:
    """The frames, the facts, and how many frames had come after each piece."""
    frames: list[Frame] = []
    counts = []
    with PushedVideo(limits=limits) as video:
        for piece in pieces:
            video.push(piece)
            frames += video.frames()
            counts.append(len(frames))
        video.end()
        frames += video.frames()
        return digests(frames), video.facts, counts


def cut(data: bytes, length: int) -> list[bytes]:
    return [data[at : at + length] for at in range(0, len(data), length)]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("length", [997, 16_384, 1 << 20])
def test_pushed_bytes_give_the_frames_of_the_file(files, name, length):
    data = files[name].read_bytes()
    frames, facts = from_file(files[name])
    again, facts_again, _ = pushed(cut(data, length))
    assert len(frames) >= 15
    assert again == frames
    assert facts_again == facts


@pytest.mark.parametrize("name", FORMATS)
def test_frames_come_before_the_end_where_the_index_comes_first(files, name):
    pieces = cut(files[name].read_bytes(), 2000)
    _, _, counts = pushed(pieces)
    early = counts[int(len(pieces) * STILL_TO_COME)]
    assert (early == 0) if name in INDEX_LAST else (early > 0)


@pytest.mark.parametrize("name", FORMATS)
def test_reading_as_a_stream_gives_the_times_of_reading_at_will(files, name):
    with av.open(str(files[name])) as file:
        wanted = [round((frame.time or 0.0) * 1000) for frame in file.decode(video=0)]
    frames, _ = from_file(files[name], VideoLimits(analysed_fps=120.0))
    assert [time_ms for time_ms, _ in frames] == [time_ms - wanted[0] for time_ms in wanted]


@pytest.mark.parametrize("at", range(400, 540, 12))
def test_a_piece_may_end_inside_the_header(files, at):
    data = files["index-first"].read_bytes()
    assert len(pushed([data[:at], data[at:]])[0]) == len(from_file(files["index-first"])[0])


@settings(max_examples=25, deadline=None)
@given(data=st.data(), name=st.sampled_from(["vp8-live", "short-fragments", "index-first", "index-last"]))
def test_any_cutting_gives_the_same_frames(files, data, name):
    content = files[name].read_bytes()
    at = data.draw(st.lists(st.integers(0, len(content)), max_size=12).map(sorted))
    pieces = [content[start:end] for start, end in zip([0, *at], [*at, len(content)], strict=True)]
    assert pushed(pieces)[0] == from_file(files[name])[0]


def test_frames_between_are_given_where_wanted(files):
    def wanted(time_ms, glimpse):
        return glimpse.is_due or (time_ms % 2 == 1 and glimpse.cut((0.0, 0.0, 1.0, 1.0)).shape == (120, 160))

    with Video(files["vp8-live"]) as read:
        of_file = [(frame.time_ms, frame.is_due) for frame in read.frames(wanted)]
    of_pushed = []
    with PushedVideo() as video:
        for piece in cut(files["vp8-live"].read_bytes(), 3000):
            video.push(piece)
            of_pushed += [(frame.time_ms, frame.is_due) for frame in video.frames(wanted)]
        video.end()
        of_pushed += [(frame.time_ms, frame.is_due) for frame in video.frames(wanted)]
    assert of_pushed == of_file
    assert {is_due for _, is_due in of_file} == {True, False}


def test_single_bytes_are_enough(tmp_path):
    path = write_video(tmp_path / "a.webm", codec="libvpx", options=LIVE_WEBM, size=(32, 32), seconds=0.3)
    assert pushed(cut(path.read_bytes(), 1))[0] == from_file(path)[0]


def error_of(read: Callable[[], object]) -> type[Exception] | None:
    try:
        read()
    except VideoError as error:
        return type(error)
    return None


def errors_of(path: Path) -> tuple[type[Exception] | None, type[Exception] | None]:
    """What is wrong with the file, and with its bytes when they are pushed."""
    return error_of(lambda: from_file(path)), error_of(lambda: pushed(cut(path.read_bytes(), 4096)))


@pytest.mark.parametrize("name", ["vp8-whole", "fragments", "index-first", "index-last"])
@pytest.mark.parametrize("tenths", [0, 1, 3, 5, 7, 9])
def test_a_cut_off_end_is_told_alike(files, tmp_path, name, tenths):
    data = files[name].read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(data[: len(data) * tenths // 10])
    of_file, of_pushed = errors_of(path)
    assert of_file is of_pushed
    assert of_file is (VideoTruncated if tenths else NotAVideo)


def test_what_cannot_be_judged_is_told_at_once(tmp_path):
    old = write_video(tmp_path / "a.mp4", codec="mpeg4", options=FRAGMENTED, seconds=4.0).read_bytes()
    with PushedVideo() as video:
        video.push(old[: len(old) // 2])
        with pytest.raises(UnsupportedCodec):
            list(video.frames())
        assert list(video.frames()) == []
    sound = write_sound(tmp_path / "b.webm", "libopus")
    assert errors_of(sound) == (NoVideoStream, NoVideoStream)


def test_what_is_no_video_is_told_by_its_first_bytes():
    with PushedVideo() as video:
        video.push(b"\0" * 100)
        with pytest.raises(NotAVideo):
            list(video.frames())


def test_more_bytes_than_allowed_are_not_taken():
    with PushedVideo(limits=VideoLimits(max_bytes=1000)) as video:
        video.push(b"\x1a\x45\xdf\xa3" + b"\0" * 900)
        with pytest.raises(VideoTooLarge):
            video.push(b"\0" * 100)


def test_bytes_are_forgotten_once_they_are_read(files):
    data = files["vp9-live"].read_bytes()
    with PushedVideo() as video:
        most = count = 0
        for piece in cut(data, 4096):
            video.push(piece)
            count += sum(1 for _ in video.frames())
            most = max(most, video.held)
        assert most < len(data) / 4
        assert count > 10


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
def test_closing_ends_at_once_wherever_it_stands(files, share):
    before = threading.active_count()
    data = files["vp8-live"].read_bytes()
    video = PushedVideo()
    if share:
        video.push(data[: int(len(data) * share)])
        next(video.frames(), None)
    began = time.monotonic()
    video.close()
    video.close()
    assert time.monotonic() - began < 1.5
    assert threading.active_count() == before
    assert list(video.frames()) == []


def test_facts_are_there_with_the_header(files):
    data = files["vp8-live"].read_bytes()
    with PushedVideo() as video:
        before = video.has_facts
        with pytest.raises(ValueError, match="header"):
            _ = video.facts
        video.push(data[:20_000])
        assert list(video.frames())
        assert (before, video.has_facts) == (False, True)
        assert video.facts.codec == "vp8"
        assert 0 < len(video.facts.frames) == video.frames_decoded


@pytest.mark.clips
def test_recordings_of_people_give_the_same_frames_both_ways(clips_dir):
    for path in sorted(clips_dir.glob("*.mp4"), key=lambda path: path.stat().st_size)[:8]:
        frames, facts = from_file(path)
        again, facts_again, _ = pushed(cut(path.read_bytes(), 9973))
        assert again == frames
        assert facts_again == facts
