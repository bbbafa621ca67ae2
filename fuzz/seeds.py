"""Small videos of every kind that is read, made by code, to start a fuzzer from."""

import sys
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.stream import VideoStream

KINDS: Final = {
    "vp8.webm": ("libvpx", {}),
    "vp8-live.webm": ("libvpx", {"live": "1"}),
    "vp9.webm": ("libvpx-vp9", {}),
    "h264.mp4": ("libx264", {}),
    "h264-first.mp4": ("libx264", {"movflags": "faststart"}),
    "h264-fragments.mp4": ("libx264", {"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
    "h264.mov": ("libx264", {}),
    "hevc.mp4": ("libx265", {}),
}
SIDE_PX: Final = 32
FRAMES: Final = 4


def write_seeds(folder: Path) -> list[Path]:
    """Write one small video of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / name, codec, options) for name, (codec, options) in KINDS.items()]


def _write(path: Path, codec: str, options: dict[str, str]) -> Path:
    random = np.random.default_rng(7)
    with av.open(str(path), "w", options=options) as file:
        stream = file.add_stream(codec, rate=10)
        if not isinstance(stream, VideoStream):
            raise TypeError(f"{codec} encodes no pictures")
        stream.width = stream.height = SIDE_PX
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for index in range(FRAMES):
            image = random.integers(0, 255, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = 100 * index, Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


if __name__ == "__main__":
    write_seeds(Path(sys.argv[1]))
