"""Fuzz the entry of videos: sniff, demux, decode, from a file and in pieces.

    python -m fuzz.video CORPUS_FOLDER [options of libFuzzer, such as -max_total_time=120]

Whatever the bytes, they are read or refused by a VideoError; anything else is a finding, and so is an mp4
that the two ways of reading take differently, or an input that takes more than some seconds. The parts in C
are not instrumented.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import atheris  # type: ignore[import-untyped]  # it has no stubs

with atheris.instrument_imports(include=["liveness.video"]):
    from liveness.video.pushing import PushedVideo
    from liveness.video.reading import Video, VideoLimits

from liveness.errors import VideoError
from liveness.video.facts import VideoFacts

LIMITS: Final = VideoLimits(max_bytes=1 << 20, max_pixels=1 << 20, max_frames=500)
EBML_MAGIC: Final = b"\x1a\x45\xdf\xa3"


class Differs(Exception):
    """The same bytes were read differently from a file and in pieces."""


def read_both_ways(data: bytes) -> None:
    """Read one input from a file and in pieces, which its own bytes cut. Raises Differs."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        whole = _told(lambda: _from_file(Path(file.name)))
    step = 1 + sum(data[:8]) * 4
    pieces = _told(lambda: _in_pieces(data, step))
    if whole != pieces and not _may_differ(data, whole, pieces):
        raise Differs(f"from a file {whole}, in pieces {pieces}")


Told = type[VideoError] | tuple[int, ...]


def _may_differ(data: bytes, whole: Told, pieces: Told) -> bool:
    """Whether the two ways may give different answers to what is damaged.

    Both may refuse it for another reason: a file is seen to be cut off before it is read, in pieces what is
    wrong with the beginning comes first. In a damaged webm the demuxer looks for the next good place, as far
    back as its buffer happens to reach.
    """
    return data.startswith(EBML_MAGIC) or (isinstance(whole, type) and isinstance(pieces, type))


def _told(read: Callable[[], tuple[int, ...]]) -> Told:
    try:
        return read()
    except VideoError as error:
        return type(error)


def _from_file(path: Path) -> tuple[int, ...]:
    with Video(path, limits=LIMITS) as video:
        times = tuple(frame.time_ms for frame in video.frames())
        _look(video.facts)
        return times


def _in_pieces(data: bytes, step: int) -> tuple[int, ...]:
    times: list[int] = []
    with PushedVideo(limits=LIMITS) as video:
        for at in range(0, len(data), step):
            video.push(data[at : at + step])
            times += (frame.time_ms for frame in video.frames())
        video.end()
        times += (frame.time_ms for frame in video.frames())
        _look(video.facts)
    return tuple(times)


def _look(facts: VideoFacts) -> None:
    if facts.clock.frames != len(facts.frames) or facts.clock.deviation_ms < 0:
        raise Differs("the clock counts other frames than there are")


def main() -> None:
    """Run libFuzzer with the arguments of the command line."""
    atheris.Setup(sys.argv, read_both_ways)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
