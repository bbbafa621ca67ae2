"""Sealed documents that someone tampered with, and look-alikes: none of them may pass."""

from tests.signing.hostile.containers import (
    cut,
    edited,
    framed,
    seal_as_stamp_authority,
    shadowed,
    wrapped,
)
from tests.signing.hostile.described import FACTS, tries
from tests.signing.hostile.forgeries import Forged, signed_by_others
from tests.signing.hostile.materials import Materials, flipped, restamped, updated
from tests.signing.hostile.parsers import malformed
from tests.signing.hostile.updates import CHANGES

__all__ = [
    "FACTS",
    "Forged",
    "Materials",
    "corpus",
    "flipped",
    "restamped",
    "seal_as_stamp_authority",
    "tries",
]


def corpus(materials: Materials) -> dict[str, bytes]:
    """Every hostile file by its name."""
    files = {name: updated(materials.sealed, change) for name, change in CHANGES.items()}
    stamps = materials.authority.time_stamp_authority()
    files |= {f"{name}, stamped": restamped(pdf, stamps) for name, pdf in files.items()}
    for group in (
        edited(materials.sealed),
        framed(materials.sealed),
        shadowed(materials),
        wrapped(materials),
        cut(materials),
        signed_by_others(materials),
        malformed(materials),
    ):
        files |= dict(group)
    return files
