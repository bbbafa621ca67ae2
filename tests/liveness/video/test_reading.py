"""Reading videos: what is accepted, and what each bad file is told."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from liveness.errors import (
    FrameTooLarge,
    NotAVideo,
    NoVideoStream,
    UnsupportedCodec,
    VideoDamaged,
    VideoError,
    VideoTooLarge,
    VideoTooLong,
    VideoTruncated,
)
from liveness.messages import codes
from liveness.video.container import Container, sniff
from liveness.video.reading import Video, VideoLimits

RED, GREEN = (200, 30, 30), (30, 160, 30)


def write_video(
    path: Path,
    *,
    codec: str = "libx264",
    size: tuple[int, int] = (160, 120),
    seconds: float = 2.0,
    fps: int = 30,
    rotation: int = 0,
    options: dict[str, str] | None = None,
    times_ms: list[int] | None = None,
) -> Path:
    """A video whose upper half is red and whose lower half is green, as the phone stores it."""
    times = times_ms if times_ms is not None else [round(1000 * n / fps) for n in range(int(seconds * fps))]
    with av.open(str(path), "w", options=options or {}) as file:
        stream = file.add_stream(codec, rate=fps)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        if codec.startswith("libvpx"):
            stream.codec_context.options = {"deadline": "realtime", "cpu-used": "8"}
        if rotation:
            stream.set_display_rotation(rotation)
        image = np.empty((size[1], size[0], 3), np.uint8)
        image[: size[1] // 2], image[size[1] // 2 :] = RED, GREEN
        random = np.random.default_rng(1)
        for time_ms in times:
            noisy = np.clip(image + random.integers(0, 20, image.shape), 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(noisy, format="rgb24")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            for packet in stream.encode(frame):
                file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)
    return path


def write_sound(path: Path, codec: str = "aac") -> Path:
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=48000)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        for index in range(100):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48000, 1024 * index
            for packet in stream.encode(frame):
                file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)
    return path


def read(path: Path, **limits: object):
    with Video(path, limits=VideoLimits(**limits)) as video:  # type: ignore[arg-type]
        return list(video.frames()), video


@pytest.mark.parametrize(
    ("suffix", "codec", "seen"),
    [
        (".mp4", "libx264", "h264"),
        (".mov", "libx264", "h264"),
        (".mp4", "libx265", "hevc"),
        (".webm", "libvpx", "vp8"),
        (".webm", "libvpx-vp9", "vp9"),
    ],
)
def test_phone_formats_are_read_at_their_times(tmp_path, suffix, codec, seen):
    frames, video = read(write_video(tmp_path / f"clip{suffix}", codec=codec, seconds=1.0), analysed_fps=60.0)
    assert video.facts.codec == seen
    assert [frame.time_ms for frame in frames] == [round(1000 * n / 30) for n in range(30)]
    assert frames[0].image.shape == (120, 160, 3)
    assert frames[0].image.dtype == np.uint8


def test_a_name_that_lies_is_not_believed(tmp_path):
    frames, _ = read(write_video(tmp_path / "clip.mp4").rename(tmp_path / "clip.webm"))
    assert frames


def test_uneven_times_are_kept_and_the_rate_is_capped(tmp_path):
    times = [0, 33, 66, 250, 260, 270, 700, 720, 1500]
    frames, video = read(
        write_video(tmp_path / "clip.webm", codec="libvpx", times_ms=times), analysed_fps=15.0
    )
    assert [frame.time_ms for frame in frames] == [0, 66, 250, 700, 1500]
    assert video.frames_decoded == len(times)


@pytest.mark.parametrize(
    ("rotation", "shape", "red"),
    [
        (0, (120, 160), np.s_[10:40, 40:120]),
        (180, (120, 160), np.s_[80:110, 40:120]),
        (90, (160, 120), np.s_[40:120, 10:40]),
        (-90, (160, 120), np.s_[40:120, 80:110]),
    ],
)
def test_a_stored_rotation_is_undone_once(tmp_path, rotation, shape, red):
    frames, _ = read(write_video(tmp_path / "clip.mp4", rotation=rotation))
    image = frames[0].image
    assert image.shape[:2] == shape
    assert image[red].reshape(-1, 3).mean(axis=0) == pytest.approx([210, 40, 40], abs=25)


def test_large_pictures_are_made_smaller_and_keep_their_shape(tmp_path):
    frames, video = read(
        write_video(tmp_path / "clip.mp4", size=(1920, 1080), seconds=0.2), analysed_side_px=720
    )
    assert frames[0].image.shape == (405, 720, 3)
    assert (video.facts.width, video.facts.height) == (1920, 1080)


def test_a_browser_recording_without_a_duration_is_read(tmp_path):
    path = write_video(tmp_path / "clip.webm", codec="libvpx", options={"live": "1"})
    frames, video = read(path)
    assert video.facts.declared_ms is None
    assert frames


def test_a_fragmented_mp4_is_read(tmp_path):
    path = write_video(tmp_path / "clip.mp4", options={"movflags": "frag_keyframe+empty_moov"})
    assert read(path)[0]


def test_sound_alone_is_no_video(tmp_path):
    for path in (write_sound(tmp_path / "a.mp4"), write_sound(tmp_path / "a.webm", "libopus")):
        with pytest.raises(NoVideoStream):
            read(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 4096,
        b"RIFF....WEBP" + b"\0" * 64,
        b"\xff\xd8\xff\xe0 a picture",
        b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/secret.ts\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\x1a\x45\xdf\xa3" + b"\xff" * 200,
    ],
    ids=["empty", "zeros", "riff", "jpeg", "playlist", "concat", "ebml-garbage"],
)
def test_what_is_no_video_is_told_so(tmp_path, content):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(NotAVideo):
        read(path)


@pytest.mark.parametrize("faststart", [True, False], ids=["index-first", "index-last"])
@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_truncated_mp4_is_told_so_wherever_it_ends(tmp_path, tenths, faststart):
    path = write_video(tmp_path / "clip.mp4", options={"movflags": "faststart"} if faststart else {})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * tenths // 10])
    with pytest.raises(VideoTruncated):
        read(path)


def test_a_truncated_webm_is_told_so_by_its_duration(tmp_path):
    path = write_video(tmp_path / "clip.webm", codec="libvpx", seconds=6.0)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(VideoTruncated):
        read(path)


def test_a_video_with_many_damaged_parts_is_refused(tmp_path):
    path = write_video(tmp_path / "clip.mp4", seconds=3.0)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    for at in range(start + 400, len(data) - 4000, 37):
        data[at] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises((VideoDamaged, VideoTruncated)):
        read(path)


def test_a_long_video_is_refused_before_it_is_decoded(tmp_path):
    path = write_video(tmp_path / "clip.mp4", fps=2, seconds=40, size=(64, 64))
    with pytest.raises(VideoTooLong):
        Video(path).__enter__()


def test_a_long_video_that_declares_nothing_is_refused_while_it_is_read(tmp_path):
    path = write_video(
        tmp_path / "clip.webm", codec="libvpx", fps=2, seconds=40, size=(64, 64), options={"live": "1"}
    )
    with pytest.raises(VideoTooLong):
        read(path)


def test_a_recorder_that_stops_a_little_late_is_accepted(tmp_path):
    path = write_video(tmp_path / "clip.mp4", fps=10, seconds=30.5, size=(64, 64))
    assert read(path)[1].duration_ms == 30400


def test_more_frames_than_any_phone_records_are_refused(tmp_path):
    path = write_video(tmp_path / "clip.mp4", seconds=2.0)
    with pytest.raises(VideoTooLong):
        read(path, max_frames=50)


def test_a_picture_larger_than_4k_is_refused_before_it_is_decoded(tmp_path):
    path = write_video(tmp_path / "clip.mp4", size=(4608, 2304), seconds=0.1, fps=10)
    with pytest.raises(FrameTooLarge):
        Video(path).__enter__()


def test_a_large_file_is_refused_unread(tmp_path):
    path = tmp_path / "clip.mp4"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(VideoTooLarge):
        read(path)


def test_an_old_codec_is_refused_by_name(tmp_path):
    with pytest.raises(UnsupportedCodec):
        read(write_video(tmp_path / "clip.mp4", codec="mpeg4"))


def test_a_tiny_picture_is_read(tmp_path):
    assert read(write_video(tmp_path / "clip.webm", codec="libvpx", size=(2, 2)))[0]


def test_a_box_that_lies_about_its_size_ends_the_walk(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"\0\0\0\x14ftypisom\0\0\0\0isom" + b"\0\0\0\x02moov" + b"\0" * 64)
    with pytest.raises(VideoError):
        sniff(path)
    path.write_bytes(b"\0\0\0\x01mdat" + (2**62).to_bytes(8) + b"\0" * 64)
    with pytest.raises(VideoTruncated):
        sniff(path)


def test_notes_that_a_phone_appends_do_no_harm(tmp_path):
    path = write_video(tmp_path / "clip.mp4")
    path.write_bytes(path.read_bytes() + b"SEFH\x6a\0\0\0 notes of a maker" * 3)
    assert read(path)[0]


def test_ten_bit_colour_is_read(tmp_path):
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx265", rate=10)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p10le"
        for _ in range(5):
            picture = av.VideoFrame.from_ndarray(np.full((120, 160, 3), RED, np.uint8), format="rgb24")
            file.mux(stream.encode(picture.reformat(format="yuv420p10le")))
        file.mux(stream.encode(None))
    frames, video = read(path)
    assert video.facts.codec == "hevc"
    assert frames[0].image[60, 80] == pytest.approx(RED, abs=12)


def test_times_that_repeat_or_go_back_are_left_out(tmp_path):
    path = write_video(tmp_path / "clip.webm", codec="libvpx", times_ms=[0, 100, 100, 200, 300])
    assert [frame.time_ms for frame in read(path)[0]] == [0, 100, 200, 300]


def test_webm_is_told_by_its_magic(tmp_path):
    path = tmp_path / "clip"
    path.write_bytes(b"\x1a\x45\xdf\xa3rest")
    assert sniff(path) is Container.WEBM


def test_every_refusal_has_a_text_and_a_remedy():
    assert {error.code for error in VideoError.__subclasses__()} <= codes()


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le"])
@pytest.mark.parametrize("turn", [0, 90, 180, -90])
def test_every_frame_is_shown_and_given_where_wanted(tmp_path, pixels, turn):
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx265", rate=30)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 120, pixels
        stream.set_display_rotation(turn)
        picture = np.zeros((120, 160, 3), np.uint8)
        picture[:60, :80] = 200  # the corner at the top left, as it is stored
        for _ in range(15):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            file.mux(stream.encode(frame.reformat(format=pixels)))
        file.mux(stream.encode(None))
    corner = {0: (0, 0), 90: (0, 1), 180: (1, 1), -90: (1, 0)}[turn]
    seen = []

    def wanted(time_ms, glimpse):
        parts = [[glimpse.cut((x, y, x + 0.5, y + 0.5)) for x in (0.0, 0.5)] for y in (0.0, 0.5)]
        bright = {(x, y) for y in (0, 1) for x in (0, 1) if parts[y][x].mean() > 100}
        assert parts[0][0].shape == ((60, 80) if turn in {0, 180} else (80, 60))
        seen.append((time_ms, glimpse.is_due, bright))
        return time_ms in {33, 367} or (glimpse.is_due and time_ms != 200)

    with Video(path, limits=VideoLimits(analysed_fps=10.0)) as video:
        frames = list(video.frames(wanted))
    assert [frame.time_ms for frame in frames if frame.is_due] == [0, 100, 233, 300, 400]
    assert [frame.time_ms for frame in frames if not frame.is_due] == [33, 367]
    assert len(seen) == 15, "every frame is shown"
    assert [time_ms for time_ms, is_due, _ in seen if is_due] == [0, 100, 200, 233, 300, 400]
    half_y, half_x = (frames[0].image.shape[0] // 2, frames[0].image.shape[1] // 2)
    picture = frames[1].image[corner[1] * half_y :, corner[0] * half_x :][:half_y, :half_x]
    assert picture.mean() > 150
    assert all(bright == {corner} for _, _, bright in seen)


@pytest.mark.parametrize("fps", [12, 13, 14, 15, 18, 20, 24, 25, 30])
def test_every_camera_gives_as_many_frames_as_are_analysed(tmp_path, fps):
    times = [round(1000 * index / fps) for index in range(4 * fps)]
    frames, _ = read(write_video(tmp_path / "clip.webm", codec="libvpx", times_ms=times), analysed_fps=12.0)
    assert 11.0 <= len(frames) / 4 <= 12.5
