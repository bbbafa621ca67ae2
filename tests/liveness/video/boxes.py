"""Boxes and elements written by hand, for files that no recorder would write."""

import struct
from collections.abc import Iterable, Iterator

EBML = bytes.fromhex("1a45dfa3")
SEGMENT = bytes.fromhex("18538067")
INFO = bytes.fromhex("1549a966")
TRACKS = bytes.fromhex("1654ae6b")
TRACK_ENTRY = b"\xae"
CLUSTER = bytes.fromhex("1f43b675")
CLUSTER_TIME = b"\xe7"
SIMPLE_BLOCK = b"\xa3"
TAGS = bytes.fromhex("1254c367")
TAG = bytes.fromhex("7373")
SIMPLE_TAG = bytes.fromhex("67c8")
CHAPTERS = bytes.fromhex("1043a770")
UNKNOWN_SIZE = b"\x01" + b"\xff" * 7


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an ISO base media file."""
    content = b"".join(parts)
    return struct.pack(">I4s", len(content) + 8, kind) + content


def full_box(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box with version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def u32(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def vint(value: int) -> bytes:
    """A size of EBML in eight octets."""
    return (value | 1 << 56).to_bytes(8)


def element(identifier: bytes, *parts: bytes) -> bytes:
    """An element of EBML."""
    content = b"".join(parts)
    return identifier + vint(len(content)) + content


def number(identifier: bytes, value: int) -> bytes:
    return element(identifier, value.to_bytes(8))


def webm_head(doc_type: bytes = b"webm") -> bytes:
    return element(
        EBML,
        number(bytes.fromhex("4286"), 1),
        number(bytes.fromhex("42f7"), 1),
        number(bytes.fromhex("42f2"), 4),
        number(bytes.fromhex("42f3"), 8),
        element(bytes.fromhex("4282"), doc_type),
        number(bytes.fromhex("4287"), 4),
        number(bytes.fromhex("4285"), 2),
    )


def webm_info(duration_ms: float | None = None) -> bytes:
    duration = [] if duration_ms is None else [element(bytes.fromhex("4489"), struct.pack(">d", duration_ms))]
    return element(INFO, number(bytes.fromhex("2ad7b1"), 1_000_000), *duration)


def webm_track(
    index: int = 1, *, codec: bytes = b"V_VP8", width: int = 64, height: int = 64, more: bytes = b""
) -> bytes:
    return element(
        TRACK_ENTRY,
        number(b"\xd7", index),
        number(bytes.fromhex("73c5"), index),
        number(b"\x83", 1),
        element(b"\x86", codec),
        element(b"\xe0", number(b"\xb0", width), number(b"\xba", height)),
        more,
    )


def webm_cluster(packets: Iterable[tuple[int, bytes]]) -> bytes:
    """A cluster of key frames, each given by its time in ms, 32767 at most, and its data."""
    blocks = [
        element(SIMPLE_BLOCK, b"\x81", struct.pack(">h", time_ms), b"\x80", data) for time_ms, data in packets
    ]
    return element(CLUSTER, number(CLUSTER_TIME, 0), *blocks)


def webm(*parts: bytes, live: bool = False) -> bytes:
    content = b"".join(parts)
    return webm_head() + SEGMENT + (UNKNOWN_SIZE if live else vint(len(content))) + content


def nested(kind: bytes, depth: int) -> bytes:
    """A box within a box, so many deep."""
    return b"".join(u32(8 * (depth - level)) + kind for level in range(depth))


def top_level(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of every box on the top level."""
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        yield data[at + 4 : at + 8], at, at + length
        at += length


def mp4(
    *,
    samples: bytes = b"",
    entry: bytes,
    sizes: bytes,
    times: bytes,
    more: bytes = b"",
    in_movie: bytes = b"",
    duration: int = 2000,
    extends: bool = False,
    lies_in: bytes | None = None,
) -> bytes:
    """An mp4 of one picture track whose sample table is given box by box; its pictures lie behind it."""
    matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

    def movie(offset: int) -> bytes:
        table = box(
            b"stbl",
            full_box(b"stsd", u32(1), entry),
            times,
            full_box(b"stsc", u32(1, 1, 0xFFFFFFF, 1)) if not more else b"",
            sizes,
            full_box(b"stco", u32(1, offset)),
            more,
        )
        reference = box(b"dinf", full_box(b"dref", u32(1), lies_in or full_box(b"url ", flags=1)))
        media = box(
            b"mdia",
            full_box(b"mdhd", u32(0, 0, 1000, duration), b"\x55\xc4\0\0"),
            full_box(b"hdlr", u32(0), b"vide", bytes(12), b"VideoHandler\0"),
            box(b"minf", full_box(b"vmhd", bytes(8), flags=1), reference, table),
        )
        shown = u32(64 << 16, 64 << 16)
        head = full_box(b"tkhd", u32(0, 0, 1, 0, duration), bytes(16), matrix, shown, flags=3)
        movie_head = full_box(
            b"mvhd", u32(0, 0, 1000, duration, 0x10000), bytes(12), matrix, bytes(24), u32(2)
        )
        fragments = box(b"mvex", full_box(b"trex", u32(1, 1, 33, 16, 0))) if extends else b""
        return box(b"moov", movie_head, box(b"trak", head, media), fragments, in_movie)

    first = box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
    index = movie(len(first) + len(movie(0)) + 8)
    return first + index + box(b"mdat", samples)


def sample_entry(kind: bytes = b"avc1", *, width: int = 64, height: int = 64, more: bytes = b"") -> bytes:
    """The description of a picture track."""
    return box(
        kind,
        bytes(6),
        b"\0\1",
        bytes(16),
        struct.pack(">HH", width, height),
        u32(0x480000, 0x480000, 0),
        b"\0\1",
        bytes(32),
        b"\0\x18\xff\xff",
        more,
    )
