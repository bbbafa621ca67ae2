"""Files as phones and browsers write them, by PyAV, and raw ones for a browser's fake camera."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from liveness.synthesis.errors import EncodingUnknown
from liveness.synthesis.portrait import ImageRgb

MILLISECOND = Fraction(1, 1000)
CODECS = {".mp4": "libx264", ".mov": "libx264", ".webm": "libvpx", ".mkv": "libx264"}
ALLOWED = {
    ".mp4": ("libx264", "libx265", "libvpx-vp9"),
    ".mov": ("libx264", "libx265"),
    ".webm": ("libvpx", "libvpx-vp9"),
    ".mkv": ("libx264", "libx265", "libvpx", "libvpx-vp9"),
}
OPTIONS: dict[str, dict[str, str]] = {
    "libx264": {"preset": "veryfast", "crf": "21"},
    "libx265": {"preset": "ultrafast", "crf": "24", "x265-params": "log-level=none"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "crf": "12", "b": "2M"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "28", "b": "0", "row-mt": "1"},
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """How frames become a file.

    codec: a name of CODECS or OPTIONS, "" for the usual one of the file's suffix. rotation_deg: pictures are
    stored turned, with the display rotation that turns them back, as phones store them. streamed: the
    container is written as it comes, with no duration in it, as MediaRecorder does (webm and mkv). crf: 0
    for the usual one; a higher number is a worse picture.
    """

    codec: str = ""
    rotation_deg: int = 0
    streamed: bool = False
    crf: int = 0

    def __post_init__(self) -> None:
        if self.rotation_deg not in {0, 90, 180, 270}:
            raise ValueError("rotation_deg is 0, 90, 180 or 270")
        if self.codec and self.codec not in OPTIONS:
            raise ValueError(f"codec is one of {', '.join(OPTIONS)}")


PLAIN = Encoding()


def write_video(
    path: Path, frames: Iterable[tuple[int, ImageRgb]], *, fps: float, encoding: Encoding = PLAIN
) -> tuple[int, ...]:
    """Write frames, (time in ms, uint8 RGB), in the format of the path's suffix; give their times.

    Raises EncodingUnknown for a suffix that is not known or a codec its container cannot hold.
    """
    suffix = path.suffix.lower()
    if suffix == ".y4m":
        return _write_y4m(path, frames, fps=fps)
    if suffix == ".mjpeg":
        return _write_mjpeg(path, frames, fps=fps)
    if suffix not in CODECS:
        raise EncodingUnknown
    codec = encoding.codec or CODECS[suffix]
    if codec not in ALLOWED[suffix]:
        raise EncodingUnknown(
            f"A {suffix} file cannot hold {codec}. Use one of {', '.join(ALLOWED[suffix])}."
        )
    return _write_container(path, frames, fps=fps, codec=codec, encoding=encoding)


def _write_container(
    path: Path, frames: Iterable[tuple[int, ImageRgb]], *, fps: float, codec: str, encoding: Encoding
) -> tuple[int, ...]:
    turns = encoding.rotation_deg // 90
    container_options = {"live": "1"} if encoding.streamed and path.suffix in {".webm", ".mkv"} else {}
    times: list[int] = []
    with av.open(str(path), "w", options=container_options) as container:
        stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001))
        if not isinstance(stream, av.VideoStream):
            raise EncodingUnknown
        stream.pix_fmt = "yuv420p"
        stream.time_base = MILLISECOND
        stream.codec_context.time_base = MILLISECOND
        worse = {"crf": str(encoding.crf)} if encoding.crf else {}
        stream.options = {**OPTIONS[codec], **worse}
        if codec == "libx265" and path.suffix in {".mp4", ".mov"}:
            stream.codec_context.codec_tag = "hvc1"
        for time_ms, picture in frames:
            stored = np.ascontiguousarray(np.rot90(picture, turns))
            if not times:
                stream.height, stream.width = stored.shape[:2]
                if turns:
                    stream.set_display_rotation(-encoding.rotation_deg)
            frame = av.VideoFrame.from_ndarray(stored, format="rgb24")
            frame.pts, frame.time_base = time_ms, MILLISECOND
            container.mux(stream.encode(frame))
            times.append(time_ms)
        container.mux(stream.encode(None))
    return tuple(times)


def _write_y4m(path: Path, frames: Iterable[tuple[int, ImageRgb]], *, fps: float) -> tuple[int, ...]:
    """Write planar 4:2:0 pictures behind a one-line header (YUV4MPEG2), at a constant rate."""
    rate = Fraction(fps).limit_denominator(1001)
    times: list[int] = []
    with path.open("wb") as file:
        for time_ms, picture in frames:
            height, width = picture.shape[:2]
            if not times:
                header = (
                    f"YUV4MPEG2 W{width} H{height} F{rate.numerator}:{rate.denominator} Ip A1:1 C420mpeg2\n"
                )
                file.write(header.encode("ascii"))
            planes = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            file.write(b"FRAME\n")
            file.write(planes.to_ndarray().tobytes())
            times.append(time_ms)
    return tuple(times)


def _write_mjpeg(path: Path, frames: Iterable[tuple[int, ImageRgb]], *, fps: float) -> tuple[int, ...]:
    """Write JPEG pictures one behind the other, which Chromium's fake camera reads at its own rate."""
    codec = av.CodecContext.create("mjpeg", "w")
    times: list[int] = []
    with path.open("wb") as file:
        for time_ms, picture in frames:
            if not times:
                codec.height, codec.width = picture.shape[:2]
                codec.pix_fmt = "yuvj420p"
                codec.time_base = 1 / Fraction(fps).limit_denominator(1001)
                codec.options = {"qmin": "2", "qmax": "4"}
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuvj420p")
            frame.pts = len(times)
            for packet in codec.encode(frame):
                file.write(bytes(packet))
            times.append(time_ms)
        for packet in codec.encode(None):
            file.write(bytes(packet))
    return tuple(times)
