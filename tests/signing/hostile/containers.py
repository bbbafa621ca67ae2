"""The file's frame and the seal's own container rewritten."""

import io
import re
import secrets
from collections.abc import Iterator

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from signing.timestamps import LocalTimeStampAuthority
from tests.signing.conftest import JIANGAN, PLACE
from tests.signing.hostile.materials import (
    BYTE_RANGE,
    CONTENTS,
    Materials,
    edit,
    flipped,
    restamped,
    seal_revision_end,
    updated,
)
from tests.signing.hostile.updates import CHANGES, cover, uncover


def edited(pdf: bytes) -> Iterator[tuple[str, bytes]]:
    """The signature dictionary of the seal rewritten in place."""
    yield "empty byte range", edit(pdf, BYTE_RANGE, lambda _: b"/ByteRange []")
    yield "zero byte range", edit(pdf, BYTE_RANGE, lambda _: b"/ByteRange [0 0 0 0]")
    yield "negative byte range", edit(pdf, BYTE_RANGE, lambda _: b"/ByteRange [0 -1 -5 10]")
    yield "negative length", edit(pdf, BYTE_RANGE, lambda _: b"/ByteRange [0 10 20 -1]")
    yield "huge byte range", edit(pdf, BYTE_RANGE, lambda _: b"/ByteRange [0 9 9 99999999999]")
    yield "byte range of names", edit(pdf, BYTE_RANGE, lambda _: b"/ByteRange [/A /B /C /D]")
    yield "no byte range", edit(pdf, BYTE_RANGE, lambda old: b"/BiteRange" + old[10:])
    yield "zeroed cms", edit(pdf, CONTENTS, lambda old: b"/Contents <" + b"0" * (len(old) - 12) + b">")
    yield "empty cms", edit(pdf, CONTENTS, lambda _: b"/Contents <>")
    yield "contents null", edit(pdf, CONTENTS, lambda _: b"/Contents null")
    yield "contents name", edit(pdf, CONTENTS, lambda _: b"/Contents /None")
    yield (
        "random cms",
        edit(pdf, CONTENTS, lambda old: b"/Contents <" + (b"3082ffff" * len(old))[: len(old) - 12] + b">"),
    )
    yield "other subfilter", edit(pdf, rb"/ETSI\.CAdES\.detached", lambda _: b"/adbe.x509.rsa_sha1")
    yield "seal type changed", edit(pdf, rb"/Type /Sig\b", lambda _: b"/Type /Sog")


def framed(pdf: bytes) -> Iterator[tuple[str, bytes]]:
    """Bytes put around the file or cut off it."""
    yield "junk header", b"junk before the file\n" + pdf
    yield "junk trailer", pdf + b"\n% more\n"
    yield "second eof", pdf + b"\nstartxref\n0\n%%EOF\n"
    yield "half a file", pdf[: len(pdf) // 2]
    yield "last byte cut", pdf[:-6]
    yield "empty", b""
    yield "not a pdf", b"PK\x03\x04" + pdf
    yield "bit flip in content", flipped(pdf, 2000)
    yield "bit flip before the seal", flipped(pdf, 12_000)


def shadowed(materials: Materials) -> Iterator[tuple[str, bytes]]:
    """A paper prepared before it was sealed, so that a small change afterwards shows another."""
    sealer = materials.authority.sealer(JIANGAN.organ_id)
    prepared = sealer.seal(updated(materials.page, cover), reason="1", place=PLACE).pdf
    shown = updated(prepared, uncover)
    yield "shadow hide", shown
    yield "shadow hide, stamped", restamped(shown, materials.authority.time_stamp_authority())


def wrapped(materials: Materials) -> Iterator[tuple[str, bytes]]:
    """Signature wrapping: the second signed part moved back, another page between it and the container.

    The moved part ends with the old startxref, so a table of the attacker's lies where it points.
    """
    pdf = materials.sealed[: seal_revision_end(materials.sealed)]
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    _, first, second, _ = (int(number) for number in signature.byte_range)
    found = re.findall(rb"startxref\s+(\d+)", pdf)
    table, previous = int(found[-1]), int(found[-2])
    page = PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Kids"].raw_get(0).idnum
    owner = signature.sig_object.container_ref.idnum
    start = pdf.rindex(b"%d 0 obj" % owner, 0, first)
    text = b"BT 90 700 Td (valid until 2099) Tj ET"
    room = max(table - second, 0) + 60_000
    dictionary = re.sub(
        rb"/ByteRange \[[^\]]*\]",
        b"/ByteRange [0 %d %d %d]" % (first, second + room, len(pdf) - second),
        pdf[start:first] + pdf[first:second] + b"\n>>\nendobj\n",
    )
    kept = {
        int(found.group(1)): found.start(1) if found.start() < first else found.start(1) + room
        for found in re.finditer(rb"[\r\n](\d+) 0 obj", pdf)
        if found.start() > pdf.index(b"%%EOF")
    }
    objects = {
        page: b"%d 0 obj\n<</Type/Page/MediaBox[0 0 595 842]/Contents 9000 0 R>>\nendobj\n" % page,
        9000: b"9000 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n" % (len(text), text),
        owner: dictionary,
    }
    before, size = max(table - second, 0), 30 * (len(kept) + len(objects)) + 300
    places, body = kept, b""
    for number, written in objects.items():
        places[number] = second + before + size + len(body)
        body += written
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % item for item in sorted(places.items()))
    root = re.findall(rb"/Root (\d+) 0 R", pdf)[-1]
    xref = b"xref\n%strailer\n<</Size 9001/Root %s 0 R/Prev %d>>\n" % (rows, root, previous)
    middle = (b" " * before + xref.ljust(size) + body).ljust(room)
    whole = pdf[:second] + middle + pdf[second:]
    yield "signature wrapping", whole
    yield "signature wrapping, stamped", restamped(whole, materials.authority.time_stamp_authority())


def cut(materials: Materials) -> Iterator[tuple[str, bytes]]:
    """Earlier revisions, the seal left away, and what an attacker can add to them with the public service."""
    pdf, stamps = materials.sealed, materials.authority.time_stamp_authority()
    to_seal = pdf[: seal_revision_end(pdf)]
    yield "seal stripped", materials.page
    yield "seal stripped, stamped", restamped(materials.page, stamps)
    yield "truncated to the seal", to_seal
    yield "rewritten by a tool", rewritten(pdf)
    for name, change in CHANGES.items():
        yield f"truncated, {name}, stamped", restamped(updated(to_seal, change), stamps)
    yield "swapped time-stamp token, stamped", restamped(swap_token(to_seal, materials), stamps)
    yield "token removed, stamped", restamped(swap_token(to_seal, None), stamps)
    yield "stamped by a seal's certificate", restamped(to_seal, seal_as_stamp_authority(materials))


def rewritten(pdf: bytes) -> bytes:
    output = io.BytesIO()
    copy_into_new_writer(PdfFileReader(io.BytesIO(pdf))).write(output)
    return output.getvalue()


def encrypted(pdf: bytes) -> bytes:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf)))
    writer.encrypt(owner_pass="secret", user_pass="")
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def swap_token(to_seal: bytes, materials: Materials | None) -> bytes:
    """Put another document's time stamp into the seal's unsigned attributes, or none."""

    def rewrite(old: bytes) -> bytes:
        container = cms.ContentInfo.load(bytes.fromhex(old[11:-1].decode()))
        signer = container["content"]["signer_infos"][0]
        if materials is None:
            signer["unsigned_attrs"] = cms.CMSAttributes([])
        else:
            other = materials.authority.sealer(JIANGAN.organ_id).seal(
                materials.page, reason="another document", place=PLACE
            )
            signature = PdfFileReader(io.BytesIO(other.pdf)).embedded_regular_signatures[0]
            signer["unsigned_attrs"] = signature.signer_info["unsigned_attrs"]
        data = container.dump().hex().encode()
        return b"".join((b"/Contents <", data.ljust(len(old) - 12, b"0"), b">"))

    return edit(to_seal, CONTENTS, rewrite)


def seal_as_stamp_authority(materials: Materials) -> LocalTimeStampAuthority:
    credential = materials.authority.credential(JIANGAN.organ_id)
    return LocalTimeStampAuthority(
        certificate=credential.certificate,
        chain=credential.chain,
        keys=materials.authority.keys,
        key_name=credential.key_name,
        clock=materials.clock,
        serials=lambda: secrets.randbits(63),
    )
