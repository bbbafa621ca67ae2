"""Videos that do harm, or try to: all made by code, each with what it must be told.

`READ` marks those that only look strange: they are read, and the analysis behind finds no person in them.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.stream import VideoStream

from liveness.errors import (
    FrameTooLarge,
    NotAVideo,
    NoVideoStream,
    UnsupportedCodec,
    VideoDamaged,
    VideoError,
    VideoTooCostly,
    VideoTooLong,
    VideoTruncated,
)
from tests.liveness.video.boxes import (
    CHAPTERS,
    CLUSTER,
    CLUSTER_TIME,
    INFO,
    SEGMENT,
    SIMPLE_TAG,
    TAG,
    TAGS,
    TRACKS,
    box,
    element,
    full_box,
    mp4,
    nested,
    number,
    sample_entry,
    top_level,
    u32,
    webm,
    webm_cluster,
    webm_info,
    webm_track,
)
from tests.liveness.video.test_reading import write_sound, write_video

READ: Final = None
MIB: Final = 1 << 20
Told = type[VideoError] | None


@dataclass(frozen=True, slots=True)
class HostileVideo:
    """One file: how it is made, in a folder it may use, and all that it may be told."""

    name: str
    make: Callable[[Path], bytes]
    told: tuple[Told, ...]


def hostile_videos() -> Iterator[HostileVideo]:
    """The whole corpus; making the files is up to the caller."""
    for name, (make, *told) in (_cut_off() | _garbage() | _lies() | _odd() | _bombs() | _doors()).items():
        yield HostileVideo(name, make, tuple(told))


Cases = dict[str, tuple[Callable[[Path], bytes], *tuple[Told, ...]]]
FORMATS: Final = {
    "mp4": (".mp4", "libx264", {}),
    "faststart": (".mp4", "libx264", {"movflags": "faststart"}),
    "fragments": (".mp4", "libx264", {"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
    "webm": (".webm", "libvpx", {}),
    "live": (".webm", "libvpx", {"live": "1"}),
}


def _whole(folder: Path, kind: str) -> bytes:
    suffix, codec, options = FORMATS[kind]
    path = folder / f"whole-{kind}{suffix}"
    if not path.exists():
        write_video(path, codec=codec, options=options, seconds=1.0, fps=15, size=(64, 48))
    return path.read_bytes()


def _cut_off() -> Cases:
    def part(folder: Path, *, kind: str, tenths: int) -> bytes:
        data = _whole(folder, kind)
        return data[: len(data) * tenths // 10]

    cases: Cases = {}
    for kind in FORMATS:
        for tenths in range(1, 10):
            # A recording that declares no length may end anywhere.
            told = (READ, NotAVideo, VideoTruncated) if kind == "live" else (VideoTruncated,)
            cases[f"cut-{kind}-{tenths}"] = (partial(part, kind=kind, tenths=tenths), *told)
    return cases


def _garbage() -> Cases:
    heads = {
        "png": b"\x89PNG\r\n\x1a\n",
        "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
        "zip": b"PK\x03\x04",
        "avi": b"RIFF\xff\xff\0\0AVI LIST",
        "mpegts": b"G@\0\x10" * 47,
        "flv": b"FLV\x01\x05\0\0\0\x09",
        "elf": b"\x7fELF\x02\x01\x01",
        "zeros": b"\0" * 16,
        "text": b"This is no video. ",
    }
    cases: Cases = {f"magic-{name}": (partial(_padded, head), NotAVideo) for name, head in heads.items()}
    cases["empty"] = (lambda _: b"", NotAVideo)
    cases["one-byte"] = (lambda _: b"\x1a", NotAVideo)
    cases["ebml-garbage"] = (lambda _: b"\x1a\x45\xdf\xa3" + b"\xff" * 400, NotAVideo)
    cases["ftyp-garbage"] = (
        lambda _: box(b"ftyp", b"isom") + np.random.default_rng(2).bytes(5000),
        NotAVideo,
        VideoTruncated,
    )
    for kind in ("mp4", "webm", "fragments"):
        cases[f"flipped-{kind}"] = (
            partial(_flipped, kind=kind),
            READ,
            *(NotAVideo, NoVideoStream, UnsupportedCodec, FrameTooLarge, VideoTooLong),
            *(VideoDamaged, VideoTruncated),
        )
    cases["noise-in-packets"] = (_noise_in_packets, VideoDamaged, NotAVideo)
    return cases


def _padded(head: bytes, folder: Path) -> bytes:
    del folder
    return head + bytes(4096)


def _flipped(folder: Path, *, kind: str) -> bytes:
    data = bytearray(_whole(folder, kind))
    for at in np.random.default_rng(3).integers(40, len(data), len(data) // 60):
        data[at] ^= 0x55
    return bytes(data)


def _noise_in_packets(folder: Path) -> bytes:
    del folder
    random = np.random.default_rng(4)
    blocks = webm_cluster((33 * index, random.bytes(300)) for index in range(60))
    return webm(webm_info(), element(TRACKS, webm_track()), blocks, live=True)


def _lies() -> Cases:
    cases: Cases = {
        "size-of-mdat": (_huge_mdat, VideoTruncated),
        "size-of-moov": (_huge_moov, VideoTruncated, NotAVideo),
        "size-below-its-head": (lambda _: box(b"ftyp", b"isom") + b"\0\0\0\x05moov", VideoTruncated),
        "long-size-below-its-head": (lambda _: box(b"ftyp") + u32(1) + b"moov" + bytes(8), NotAVideo),
        "size-of-segment": (_huge_segment, VideoTruncated),
        "duration-of-mp4": (_long_mp4, VideoTooLong),
        "picture-8192": (_large_h264, FrameTooLarge),
        "picture-16383": (_large_vp8, FrameTooLarge, NotAVideo, VideoDamaged),
        "picture-65535-declared": (lambda _: _mp4_of(width=65535, height=65535), READ, FrameTooLarge),
        "picture-grows": (_growing_vp8, FrameTooLarge, VideoDamaged),
        "samples-beyond-the-file": (_samples_beyond, VideoTruncated),
    }
    cases["duration-of-a-day"] = (partial(_webm_of, duration_ms=86_400_000.0), VideoTooLong)
    for name, value in {"1e18": 1e18, "inf": float("inf"), "nan": float("nan"), "negative": -5e9}.items():
        cases[f"duration-{name}"] = (partial(_webm_of, duration_ms=value), READ, VideoTooLong)
    return cases


def _huge_mdat(folder: Path) -> bytes:
    data = _whole(folder, "faststart")
    parts = {kind: (start, end) for kind, start, end in top_level(data)}
    start, end = parts[b"mdat"]
    return data[:start] + u32(1) + b"mdat" + (1 << 62).to_bytes(8) + data[start + 8 : end]


def _huge_moov(folder: Path) -> bytes:
    del folder
    return box(b"ftyp", b"isom") + b"\xff\xff\xff\xffmoov" + bytes(99)


def _huge_segment(folder: Path) -> bytes:
    data = _whole(folder, "webm")
    at = data.index(SEGMENT) + len(SEGMENT)
    return data[:at] + b"\x01" + (1 << 54).to_bytes(7) + data[at + 8 :]


def _long_mp4(folder: Path) -> bytes:
    del folder
    sizes, times = full_box(b"stsz", u32(1, 0)), full_box(b"stts", u32(0))
    return mp4(entry=sample_entry(b"vp08"), duration=90_000_000, sizes=sizes, times=times)


@cache
def _key_frame() -> bytes:
    """One VP8 key frame of 16 by 16 pixels."""
    stream = av.CodecContext.create("libvpx", "w")
    stream.width = stream.height = 16
    stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, 30)
    frame = av.VideoFrame.from_ndarray(np.full((16, 16, 3), 90, np.uint8), format="rgb24")
    frame.pts = 0
    packets = [*stream.encode(frame), *stream.encode(None)]
    return bytes(packets[0])


def _key_frame_of(side: int) -> bytes:
    """The same, said to be larger: the size stands after the start code (RFC 6386, 9.1)."""
    data = bytearray(_key_frame())
    data[6:10] = struct.pack("<HH", side, side)
    return bytes(data)


def _webm_of(folder: Path, *, duration_ms: float | None = None, step_ms: int = 50, count: int = 30) -> bytes:
    del folder
    frames = webm_cluster((step_ms * index, _key_frame()) for index in range(count))
    return webm(webm_info(duration_ms), element(TRACKS, webm_track(width=16, height=16)), frames)


def _large_h264(folder: Path) -> bytes:
    path = folder / "8192.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=5)
        if not isinstance(stream, VideoStream):
            raise TypeError("libx264")
        stream.width = stream.height = 8192
        stream.codec_context.options = {"preset": "ultrafast", "tune": "zerolatency"}
        file.mux(stream.encode(av.VideoFrame(8192, 8192, "yuv420p")))
        file.mux(stream.encode(None))
    return path.read_bytes()


def _large_vp8(folder: Path) -> bytes:
    del folder
    frames = webm_cluster((50 * index, _key_frame_of(16383)) for index in range(30))
    return webm(webm_info(), element(TRACKS, webm_track(width=16, height=16)), frames)


def _growing_vp8(folder: Path) -> bytes:
    del folder
    sides = [16] * 20 + [16383] * 20
    frames = webm_cluster((50 * index, _key_frame_of(side)) for index, side in enumerate(sides))
    return webm(webm_info(), element(TRACKS, webm_track(width=16, height=16)), frames)


def _mp4_of(
    *, sizes: bytes = b"", times: bytes = b"", more: bytes = b"", width: int = 64, height: int = 64
) -> bytes:
    frame = _key_frame()
    return mp4(
        samples=frame * 40,
        entry=sample_entry(b"vp08", width=width, height=height),
        sizes=sizes or full_box(b"stsz", u32(len(frame), 40)),
        times=times or full_box(b"stts", u32(1, 40, 50)),
        more=more,
    )


def _samples_beyond(folder: Path) -> bytes:
    del folder
    return _mp4_of(sizes=full_box(b"stsz", u32(0, 40), u32(*[1 << 30] * 40)))


def _odd() -> Cases:
    cases: Cases = {
        "one-pixel": (_one_pixel, READ),
        "tenth-of-a-frame-a-second": (partial(_webm_of, step_ms=10_000, count=4), READ),
        "240-frames-a-second": (_fast, READ),
        "10000-frames": (partial(_webm_of, step_ms=3, count=10_000), VideoTooLong),
        "ten-minutes": (_ten_minutes, VideoTooLong),
        "times-repeat": (lambda _: _mp4_of(times=full_box(b"stts", u32(1, 40, 0))), READ, VideoTruncated),
        "times-go-back": (_times_go_back, READ, VideoTruncated, VideoDamaged),
        "times-below-nought": (_negative_times, READ, VideoTruncated),
        "times-jump": (_times_jump, READ, VideoTooLong, VideoTruncated),
        "ten-bits": (partial(_encoded, codec="libx265", pixels="yuv420p10le"), READ),
        "alpha-vp9": (partial(_encoded, codec="libvpx-vp9", pixels="yuva420p", suffix=".webm"), READ),
        "alpha-vp8": (partial(_encoded, codec="libvpx", pixels="yuva420p", suffix=".webm"), READ),
        "alpha-prores": (
            partial(_encoded, codec="prores_ks", pixels="yuva444p10le", suffix=".mov"),
            UnsupportedCodec,
        ),
        "alpha-qtrle": (partial(_encoded, codec="qtrle", pixels="argb", suffix=".mov"), UnsupportedCodec),
        "motion-jpeg": (partial(_encoded, codec="mjpeg", pixels="yuvj420p", suffix=".mov"), UnsupportedCodec),
        "colours-unknown": (_unknown_colours, UnsupportedCodec),
        "sound-mp4": (lambda folder: write_sound(folder / "sound.mp4").read_bytes(), NoVideoStream),
        "sound-webm": (lambda folder: write_sound(folder / "s.webm", "libopus").read_bytes(), NoVideoStream),
        "cover-only": (_cover_only, NoVideoStream),
        "attachment": (_attachment, READ),
    }
    for turn in (0, 90, 180, 270):
        cases[f"turned-{turn}"] = (partial(_turned, turn=turn), READ)
    return cases


def _one_pixel(folder: Path) -> bytes:
    return write_video(folder / "1.webm", codec="libvpx", size=(1, 1), seconds=1.0).read_bytes()


def _fast(folder: Path) -> bytes:
    return write_video(folder / "240.mp4", fps=240, seconds=1.0, size=(64, 48)).read_bytes()


def _ten_minutes(folder: Path) -> bytes:
    return _webm_of(folder, step_ms=1000, count=30) + element(
        CLUSTER, number(CLUSTER_TIME, 600_000), element(b"\xa3", b"\x81\0\0\x80", _key_frame())
    )


def _times_go_back(folder: Path) -> bytes:
    del folder
    order = [*range(0, 2000, 50), *range(2000, 0, -50)]
    frames = webm_cluster((time_ms, _key_frame()) for time_ms in order)
    return webm(webm_info(), element(TRACKS, webm_track(width=16, height=16)), frames)


def _negative_times(folder: Path) -> bytes:
    del folder
    shift = struct.pack(">Ii", 40, -5000)
    return _mp4_of(times=full_box(b"stts", u32(1, 40, 50)) + full_box(b"ctts", u32(1), shift, version=1))


def _times_jump(folder: Path) -> bytes:
    del folder
    return _mp4_of(times=full_box(b"stts", u32(2, 20, 50, 20, 0x3FFFFFFF)))


def _encoded(folder: Path, *, codec: str, pixels: str, suffix: str = ".mp4") -> bytes:
    path = folder / f"{codec}{suffix}"
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=15)
        if not isinstance(stream, VideoStream):
            raise TypeError(codec)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        stream.codec_context.options = {"auto-alt-ref": "0"} if codec == "libvpx" else {}
        for index in range(15):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 5 * index, np.uint8), format="rgb24")
            file.mux(stream.encode(picture.reformat(format=pixels)))
        file.mux(stream.encode(None))
    return path.read_bytes()


def _unknown_colours(folder: Path) -> bytes:
    """Pictures in a colour space that nothing converts (found by the fuzzer)."""
    whole = write_video(folder / "vp9.webm", codec="libvpx-vp9", size=(64, 64), seconds=0.1)
    with av.open(str(whole)) as file:
        picture = bytearray(bytes(next(file.demux(video=0))))
    picture[4] ^= 0xC0
    frames = webm_cluster((50 * index, bytes(picture)) for index in range(12))
    return webm(webm_info(), element(TRACKS, webm_track(codec=b"V_VP9")), frames)


def _cover_only(folder: Path) -> bytes:
    """A song with a picture on its cover."""
    song = write_sound(folder / "song.mp4").read_bytes()
    art = _encoded(folder, codec="mjpeg", pixels="yuvj420p", suffix=".mov")
    picture = art[art.index(b"\xff\xd8") : art.index(b"\xff\xd9") + 2]
    cover = box(b"covr", box(b"data", u32(13, 0), picture))
    hdlr = full_box(b"hdlr", u32(0), b"mdirappl", bytes(9))
    udta = box(b"udta", full_box(b"meta", hdlr, box(b"ilst", cover)))
    at = song.index(b"moov") - 4
    length = int.from_bytes(song[at : at + 4])
    moov = song[at + 8 : at + length]
    without = moov[: moov.index(b"udta") - 4] if b"udta" in moov else moov
    return song[:at] + box(b"moov", without, udta) + song[at + length :]


def _attachment(folder: Path) -> bytes:
    del folder
    font = element(
        bytes.fromhex("1941a469"),
        element(
            bytes.fromhex("61a7"),
            element(bytes.fromhex("466e"), b"../../etc/passwd"),
            element(bytes.fromhex("4660"), b"font/ttf"),
            element(bytes.fromhex("465c"), bytes(MIB)),
            number(bytes.fromhex("46ae"), 7),
        ),
    )
    words = element(b"\xae", number(b"\xd7", 2), number(b"\x83", 17), element(b"\x86", b"S_TEXT/UTF8"))
    frames = webm_cluster((50 * index, _key_frame()) for index in range(30))
    return webm(webm_info(), element(TRACKS, webm_track(width=16, height=16), words), font, frames)


def _turned(folder: Path, *, turn: int) -> bytes:
    path = folder / f"turned-{turn}.mp4"
    return write_video(path, rotation=turn, seconds=0.5, size=(64, 48)).read_bytes()


def _bombs() -> Cases:
    """Small files that ask for much, and files that are nothing but structure."""
    start = (webm_info(), element(TRACKS, webm_track()))
    ftyp, mdat = box(b"ftyp", b"isom\0\0\2\0isom"), box(b"mdat", b"x")
    empty_tag = SIMPLE_TAG + b"\x80"
    note = box(b"\xa9nam", b"\0\x04\0\0abcd")
    chapter = b"\xb6\x8f\x73\xc4\x84" + u32(7) + b"\x91\x81\x01\x92\x81\x02\xec\x80"
    made: dict[str, Callable[[], bytes]] = {
        "index-stsz": lambda: _index_bomb(sizes=full_box(b"stsz", u32(16, 0x7FFFFFFF))),
        "index-stsz-170m": lambda: _index_bomb(sizes=full_box(b"stsz", u32(16, 170_000_000))),
        "index-stts": lambda: _index_bomb(times=full_box(b"stts", u32(1, 0x7FFFFFFF, 0))),
        "index-ctts": lambda: _index_bomb(more=full_box(b"ctts", u32(1, 0x7FFFFFFF, 5))),
        "index-many-entries": lambda: _index_bomb(times=full_box(b"stts", u32(0x7FFFFFF))),
        "fragment-2g": lambda: _fragment_bomb(0x7FFFFFFF),
        "fragment-80m": lambda: _fragment_bomb(80_000_000),
        "compressed-index": lambda: _compressed_index(200 * MIB),
        "compressed-index-4g": lambda: _compressed_index((1 << 32) - 1, really=1 << 20),
        "deep-boxes": lambda: ftyp + nested(b"moov", 400_000) + mdat,
        "deep-tracks": lambda: ftyp + box(b"moov", nested(b"trak", 100_000)) + mdat,
        "many-tracks-mp4": lambda: ftyp + box(b"moov", box(b"trak") * 400_000) + mdat,
        "many-tracks-webm": lambda: webm(start[0], element(TRACKS, *map(webm_track, range(1, 40_000)))),
        "many-boxes": lambda: ftyp + box(b"free") * (4 * MIB),
        "many-boxes-inside": lambda: ftyp + box(b"moov", box(b"free") * (4 * MIB)) + mdat,
        "notes-mp4": lambda: ftyp + box(b"moov", box(b"udta", note * 200_000)) + mdat,
        "one-long-note": lambda: ftyp + box(b"moov", box(b"udta", box(b"\xa9nam", bytes(40 * MIB)))) + mdat,
        "tags-webm": lambda: webm(*start, element(TAGS, element(TAG, empty_tag * (8 * MIB)))),
        "deep-tags": lambda: webm(*start, element(TAGS, element(TAG, (SIMPLE_TAG + b"\x88") * 100_000))),
        "chapters": lambda: webm(*start, element(CHAPTERS, element(b"\x45\xb9", chapter * MIB))),
        "voids": lambda: webm(*start, b"\xec\x80" * (16 * MIB)),
        "voids-first": lambda: webm(b"\xec\x80" * (16 * MIB)),
        "cues": lambda: webm(*start, element(b"\x1c\x53\xbb\x6b", b"\xbb\x80" * (16 * MIB))),
        "seek-heads": lambda: webm(element(b"\x11\x4d\x9b\x74", b"\x4d\xbb\x80" * (12 * MIB)), *start),
        "infos": lambda: webm((INFO + b"\x80") * (8 * MIB)),
        "clusters": lambda: webm(*start, (CLUSTER + b"\x80") * (8 * MIB)),
        "blocks": lambda: webm(
            *start, element(CLUSTER, number(CLUSTER_TIME, 0), b"\xa3\x85\x81\0\0\x80\0" * (4 * MIB))
        ),
        "laced-blocks": lambda: webm(
            *start,
            element(CLUSTER, (element(b"\xa3", b"\x81\0\0\x84\xff" + bytes(256))) * 60_000),
        ),
        "compressed-blocks": _compressed_blocks,
    }
    told: dict[str, tuple[Told, ...]] = {
        "index-stsz": (VideoTruncated,),
        "index-stsz-170m": (VideoTruncated, VideoTooCostly),
        "index-stts": (VideoTruncated,),
        "index-ctts": (READ,),
        "compressed-index": (NoVideoStream, VideoTooCostly),
        "deep-tracks": (NoVideoStream,),
        "many-boxes": (VideoTruncated,),
        "notes-mp4": (NoVideoStream, VideoTooCostly),
        "one-long-note": (NoVideoStream,),
    }
    return {
        f"bomb-{name}": (_without_folder(make), *told.get(name, (VideoTooCostly, NotAVideo)))
        for name, make in made.items()
    }


def _without_folder(make: Callable[[], bytes]) -> Callable[[Path], bytes]:
    def made(folder: Path) -> bytes:
        del folder
        return make()

    return made


def _index_bomb(*, sizes: bytes = b"", times: bytes = b"", more: bytes = b"") -> bytes:
    one_chunk = full_box(b"stsc", u32(1, 1, 0x7FFFFFFF, 1))
    return _mp4_of(sizes=sizes, times=times, more=one_chunk + more)


def _fragment_bomb(count: int) -> bytes:
    nothing = {"sizes": full_box(b"stsz", u32(0, 0)), "times": full_box(b"stts", u32(0))}
    head = mp4(entry=sample_entry(b"vp08"), extends=True, duration=0, **nothing)
    run = box(b"traf", full_box(b"tfhd", u32(1), flags=0x20000), full_box(b"trun", u32(count)))
    return head + box(b"moof", full_box(b"mfhd", u32(1)), run) + box(b"mdat", bytes(100))


def _compressed_index(declared: int, *, really: int | None = None) -> bytes:
    """A compressed index (QuickTime `cmov`) that unpacks to nothing but zeros."""
    packer = zlib.compressobj(9)
    packed = (
        b"".join(packer.compress(bytes(MIB)) for _ in range((really or declared) // MIB)) + packer.flush()
    )
    index = box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", u32(declared), packed))
    return box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"moov", index) + box(b"mdat", b"x")


def _compressed_blocks() -> bytes:
    """Blocks of a track that is packed with zlib, each of which unpacks to a thousand times its size."""
    compression = element(b"\x50\x34", number(b"\x42\x54", 0))
    encoding = element(b"\x6d\x80", element(b"\x62\x40", number(b"\x50\x33", 0), compression))
    track = webm_track(more=encoding)
    packed = zlib.compress(bytes(9 * MIB), 9)
    return webm(webm_info(), element(TRACKS, track), webm_cluster((50 * n, packed) for n in range(60)))


def _doors() -> Cases:
    """Files that ask for other files."""
    lists = {
        "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{other}\n#EXT-X-ENDLIST\n",
        "concat": "ffconcat version 1.0\nfile '{other}'\n",
        "dash": "<?xml version='1.0'?><MPD><Period><BaseURL>{other}</BaseURL></Period></MPD>",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
        "subfile": "subfile,,start,0,end,0,,:{other}",
    }
    cases: Cases = {f"door-{name}": (partial(_list_of, text), NotAVideo) for name, text in lists.items()}
    cases["door-reference"] = (_reference, VideoTruncated, NotAVideo, VideoDamaged)
    return cases


def other_file(folder: Path) -> Path:
    """A good video beside, which no hostile one may open."""
    path = folder / "other.mp4"
    if not path.exists():
        path.write_bytes(_whole(folder, "faststart"))
    return path


def _list_of(text: str, folder: Path) -> bytes:
    return text.format(other=other_file(folder)).encode()


def _reference(folder: Path) -> bytes:
    """An mp4 whose pictures are said to lie in another file (QuickTime's alias, by its absolute path)."""
    path = str(other_file(folder)).encode()
    path += b"\0" * (len(path) % 2)
    name = bytes(10) + b"\4disk".ljust(28, b"\0") + bytes(12) + b"\5other".ljust(64, b"\0") + bytes(16)
    alias = full_box(
        b"alis",
        name,
        struct.pack(">HH", 1, 1),
        bytes(16),
        struct.pack(">HH", 2, len(path)),
        path,
        b"\xff" * 4,
    )
    frame = len(_key_frame())
    return mp4(
        entry=sample_entry(b"vp08"),
        sizes=full_box(b"stsz", u32(frame, 40)),
        times=full_box(b"stts", u32(1, 40, 50)),
        lies_in=alias,
    )
