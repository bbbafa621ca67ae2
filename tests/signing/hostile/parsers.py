"""Files made to exhaust or confuse a parser."""

import re
from collections.abc import Iterator

from tests.signing.hostile.containers import encrypted
from tests.signing.hostile.materials import Materials, restamped, updated
from tests.signing.hostile.updates import add_bomb, loop_fields, loop_pages


def malformed(materials: Materials) -> Iterator[tuple[str, bytes]]:
    """Files made to exhaust or confuse a parser."""
    yield "encrypted", encrypted(materials.page)
    yield "encrypted after the seal", encrypted(materials.sealed)
    yield "field loop", updated(materials.sealed, loop_fields)
    bomb, loop = updated(materials.sealed, add_bomb), updated(materials.sealed, loop_pages)
    stamps = materials.authority.time_stamp_authority()
    yield "page loop", loop
    yield "zip bomb", bomb
    yield "zip bomb, stamped", restamped(bomb, stamps)
    yield "root is a number", re.sub(rb"/Root \d+ \d+ R", b"/Root 5", materials.sealed)
    yield "xref loop", re.sub(rb"/Prev \d+", lambda match: match.group(0)[:6] + b"0", materials.sealed)
    yield "deep arrays", b"%PDF-1.7\n1 0 obj\n" + b"[" * 100_000 + b"\nendobj\n" + tiny_trailer()
    yield "only a header", b"%PDF-1.7\n"


def tiny_trailer() -> bytes:
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
    return table + b"trailer\n<</Size 2/Root 1 0 R>>\nstartxref\n100034\n%%EOF"
