"""What an attacker is assumed to hold, and ways to write into a sealed file."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper

from signing.demonstration import Demonstration
from signing.timestamps import TimeStampAuthority
from tests.signing.stock import AuthorityTimeStamper

Change = Callable[[IncrementalPdfFileWriter], None]
BYTE_RANGE = rb"/ByteRange \[[^\]]*\]"
CONTENTS = rb"/Contents <[0-9a-fA-F]{2000,}>"


@dataclass(frozen=True)
class Materials:
    """What an attacker is assumed to hold: sealed files, the public time-stamp service, another authority."""

    authority: Demonstration
    page: bytes
    sealed: bytes
    folder: Path
    clock: Callable[[], datetime]


def updated(pdf: bytes, change: Change) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def first_page(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    reference, _ = writer.find_page_for_modification(0)
    writer.mark_update(reference)
    page = reference.get_object()
    if not isinstance(page, generic.DictionaryObject):
        raise TypeError("a page is a dictionary")
    return page


def stream(text: bytes) -> generic.StreamObject:
    return generic.StreamObject(stream_data=text)


def restamped(pdf: bytes, authority: TimeStampAuthority) -> bytes:
    """Append a document time stamp from the public service, so that all of the file is covered again."""
    output = PdfTimeStamper(AuthorityTimeStamper(authority)).timestamp_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), "sha256"
    )
    return bytes(output.getvalue())


def edit(pdf: bytes, pattern: bytes, replacement: Callable[[bytes], bytes]) -> bytes:
    """Replace the first match by something of the same length."""
    match = re.search(pattern, pdf, re.DOTALL)
    if match is None:
        raise LookupError(pattern)
    old = match.group(0)
    new = replacement(old).ljust(len(old))
    if len(new) != len(old):
        raise ValueError("the replacement does not fit")
    return pdf[: match.start()] + new + pdf[match.end() :]


def flipped(pdf: bytes, place: int) -> bytes:
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def seal_revision_end(pdf: bytes) -> int:
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    return int(signature.byte_range[2]) + int(signature.byte_range[3])
