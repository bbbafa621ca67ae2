from pathlib import Path

import av
import numpy as np
import pytest

from liveness.synthesis import Camera, Encoding, EncodingUnknown, in_order, make_clip
from liveness.synthesis.encoding import write_video
from liveness.verdict import Action

TINY = Camera(width=128, height=192, fps=10)
BLINK = (Action.BLINK,)


@pytest.mark.parametrize(
    ("suffix", "codec", "read_as"),
    [
        (".mp4", "libx264", "h264"),
        (".mp4", "libx265", "hevc"),
        (".mov", "libx264", "h264"),
        (".mov", "libx265", "hevc"),
        (".webm", "libvpx", "vp8"),
        (".webm", "libvpx-vp9", "vp9"),
    ],
)
def test_every_frame_comes_back_at_its_time(tmp_path: Path, suffix: str, codec: str, read_as: str) -> None:
    truth = make_clip(tmp_path / f"clip{suffix}", actions=BLINK, camera=TINY, encoding=Encoding(codec=codec))
    with av.open(truth.path) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name in {read_as, f"lib{read_as}", f"libvpx-{read_as}", "libdav1d"}
        times = [round(1000 * frame.time) for frame in container.decode(stream)]
    assert times == list(truth.times_ms)


def test_variable_frame_rate_keeps_uneven_times(tmp_path: Path) -> None:
    camera = Camera(width=128, height=192, fps=20, variable_rate=0.8)
    truth = make_clip(tmp_path / "clip.webm", actions=BLINK, camera=camera, encoding=Encoding(streamed=True))
    with av.open(truth.path) as container:
        assert container.duration is None
        times = [round(1000 * frame.time) for frame in container.decode(video=0)]
    assert times == list(truth.times_ms)
    assert len(set(np.diff(times))) > 3


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_video_says_how_to_turn_it_back(tmp_path: Path, turn: int) -> None:
    upright = make_clip(tmp_path / "upright.mp4", actions=(), camera=TINY)
    turned = make_clip(tmp_path / "turned.mp4", actions=(), camera=TINY, encoding=Encoding(rotation_deg=turn))
    with av.open(upright.path) as container:
        wanted = next(container.decode(video=0)).to_ndarray(format="rgb24")
    with av.open(turned.path) as container:
        frame = next(container.decode(video=0))
        stored = frame.to_ndarray(format="rgb24")
    assert frame.rotation % 360 == -turn % 360
    shown = np.rot90(stored, frame.rotation // 90)
    assert np.abs(shown.astype(int) - wanted).mean() < 4


def test_raw_frames_for_a_browsers_fake_camera(tmp_path: Path) -> None:
    truth = make_clip(tmp_path / "clip.y4m", actions=(), camera=TINY)
    raw = Path(truth.path).read_bytes()
    assert raw.startswith(b"YUV4MPEG2 W128 H192 F10:1 ")
    header = raw.index(b"\n") + 1
    assert len(raw) - header == truth.frames * (len(b"FRAME\n") + 128 * 192 * 3 // 2)

    pictures = make_clip(tmp_path / "clip.mjpeg", actions=(), camera=TINY)
    assert Path(pictures.path).read_bytes().count(b"\xff\xd8\xff") == pictures.frames


def test_the_same_seed_gives_the_same_pictures(tmp_path: Path) -> None:
    first, again, other = (
        Path(make_clip(tmp_path / f"{name}.y4m", actions=BLINK, camera=TINY, seed=seed).path).read_bytes()
        for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )
    assert first == again
    assert first != other


def test_formats_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    with pytest.raises(EncodingUnknown, match=r"Use \.mp4"):
        write_video(tmp_path / "clip.avi", [(0, picture)], fps=10)
    with pytest.raises(EncodingUnknown, match="cannot hold libx264"):
        write_video(tmp_path / "clip.webm", [(0, picture)], fps=10, encoding=Encoding(codec="libx264"))


def test_the_whole_scene_is_written(tmp_path: Path) -> None:
    scene = in_order([Action.NOD])
    truth = make_clip(tmp_path / "clip.mp4", actions=scene, camera=TINY)
    assert abs(truth.duration_ms - 1000 * scene.duration_s) <= 1000 / TINY.fps
