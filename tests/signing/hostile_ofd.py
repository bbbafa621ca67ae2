"""OFD files made to deceive: by name, each with the step that must stop it."""

import io
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import core, x509

from signing.appearance import draw_seal_png
from signing.certificates import SEAL, TIME_STAMP, subject
from signing.demonstration import create
from signing.gm.certificates import issue, self_sign
from signing.gm.sm2 import sm3
from signing.keys import KeyAlgorithm
from signing.ofd.document import DOCUMENT, OFD_XML, RESOURCES, SIGNATURE, SIGNATURES, SIGNED_VALUE
from signing.ofd.document import SEAL as SEAL_PART
from signing.ofd.package import pack, unpack
from signing.ofd.seal_format import SealData, SealSignature
from signing.ofd.sealing import make_seal
from signing.timestamps import LocalTimeStampAuthority
from tests.signing.conftest import JIANGHAN
from tests.signing.ofd.world import PLACE, OfdWorld

PAGE = "Doc_0/Pages/Page_0/Content.xml"
Hostile = tuple[str, bytes, str]
"""Name, file, the code of the step that must not pass."""


def hostile_files(world: OfdWorld, genuine: bytes) -> Iterator[Hostile]:
    """Every hostile file, made from a genuine one."""
    yield from broken_packages(genuine)
    yield from changed_parts(genuine)
    yield from changed_signatures(genuine)
    yield from strangers(world, genuine)


def broken_packages(genuine: bytes) -> Iterator[Hostile]:
    parts = unpack(genuine)
    yield "empty file", b"", "file"
    yield "no package", b"%PDF-1.7 not this", "file"
    yield "cut in half", genuine[: len(genuine) // 2], "file"
    yield "cut at the directory", genuine[:-30], "file"
    yield "junk before", b"\0" * 100 + genuine, "file"
    yield "junk behind", genuine + b"junk", "file"
    yield "comment", genuine[:-2] + struct.pack("<H", 4) + b"note", "file"
    yield "two packages", genuine + genuine, "file"
    for name, entry in (
        ("name twice", PAGE),
        ("name twice by case", PAGE.upper()),
        ("climbing name", "../../etc/novisit.xml"),
        ("absolute name", "/Doc_0/extra.xml"),
        ("name with backslash", "Doc_0\\extra.xml"),
        ("name with NUL", "Doc_0/extra.xml\0.png"),
        ("folder entry", "Doc_0/Extra/"),
    ):
        yield name, with_entry(genuine, entry, b"<x/>"), "file"
    yield "link to elsewhere", with_entry(genuine, "Doc_0/link.xml", b"/etc/passwd", mode=0o120777), "file"
    yield "zip bomb", with_entry(genuine, "Doc_0/bomb.xml", bytes(17 << 20), deflated=True), "file"
    yield "many parts", pack({**parts, **{f"Doc_0/n{n}.xml": b"<x/>" for n in range(1001)}}), "file"
    yield "encrypted flag", patched(genuine, b"PK\x01\x02", 8, b"\x01\x08"), "file"
    yield "headers that differ", patched(genuine, b"PK\x03\x04", 14, b"\xde\xad\xbe\xef"), "file"
    yield "size that lies", patched(genuine, b"PK\x01\x02", 24, struct.pack("<I", 7)), "file"
    yield "hidden part", hidden_part(genuine), "file"
    yield "name only composed", with_entry(genuine, "Doc_0/e\u0301.xml", b"<x/>"), "file"
    yield "name of another alphabet", with_entry(genuine, "Doc_0/Pаge.xml", b"<x/>"), "file"
    yield "folder that is a file", with_entry(genuine, f"{PAGE}/x.xml", b"<x/>"), "file"
    yield "other name in an extra field", repacked(genuine, extra=UNICODE_PATH), "file"
    yield "zip64 extra field", repacked(genuine, extra=struct.pack("<2HQ", 1, 8, 4)), "file"
    yield "comment of a part", repacked(genuine, comment=b"note"), "file"
    yield "sizes behind the part", patched(genuine, b"PK\x03\x04", 6, b"\x08\0"), "file"
    yield "overlapping parts", overlapping(genuine), "file"
    yield "bytes behind what is deflated", deflated_with_tail(parts), "file"
    yield "stored part with a tail", stored_with_tail(parts), "file"
    yield "zip64 directory elsewhere", zip64(genuine), "file"
    yield "bytes in the directory", in_directory(genuine), "file"
    yield (
        "unknown packing",
        patched(patched(genuine, b"PK\x03\x04", 8, b"\x0c\0"), b"PK\x01\x02", 10, b"\x0c\0"),
        "file",
    )
    yield "wrong sum of a part", both_headers(genuine, 14, 16, b"\xde\xad\xbe\xef"), "file"
    yield "no entry", pack({k: v for k, v in parts.items() if k != OFD_XML}), "file"
    yield "no page", pack({k: v for k, v in parts.items() if k != PAGE}), "file"


def changed_parts(genuine: bytes) -> Iterator[Hostile]:
    parts = unpack(genuine)

    def changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
        return pack({**parts, name: change(parts[name])})

    yield "other text", changed(PAGE, lambda xml: xml.replace("食品".encode(), "药品".encode())), "integrity"
    yield "other place of text", changed(PAGE, lambda xml: xml.replace(b'"30 35', b'"30 95')), "integrity"
    yield "one bit of the font", changed("Doc_0/Res/font_0.otf", flipped), "integrity"
    yield (
        "other title",
        changed(OFD_XML, lambda xml: xml.replace("备案".encode(), "许可".encode())),
        "integrity",
    )
    yield (
        "page from elsewhere",
        changed(DOCUMENT, lambda xml: xml.replace(b"/Doc_0/Pages", b"http://x/Doc_0/Pages")),
        "file",
    )
    yield (
        "font from elsewhere",
        changed(RESOURCES, lambda xml: xml.replace(b"font_0.otf", b"../font_9.otf")),
        "integrity",
    )
    yield "entity", changed(PAGE, lambda xml: doctype(xml, b'<!ENTITY a "b">')), "file"
    yield (
        "entity from a file",
        changed(PAGE, lambda xml: doctype(xml, b'<!ENTITY a SYSTEM "file:///etc/passwd">')),
        "file",
    )
    yield "laughing entities", changed(PAGE, lambda xml: doctype(xml, LAUGHS)), "file"
    yield "document type", changed(OFD_XML, lambda xml: doctype(xml, b"")), "file"
    yield (
        "style sheet",
        changed(PAGE, lambda xml: xml.replace(b"?>", b'?><?xml-stylesheet href="x"?>', 1)),
        "file",
    )
    yield "endless depth", changed(PAGE, lambda _: b"<a>" * 5000 + b"</a>" * 5000), "file"
    yield "inclusion", changed(PAGE, include), "file"
    yield (
        "attribute twice",
        changed(PAGE, lambda xml: xml.replace(b' Font="', b' Font="9" Font="', 1)),
        "file",
    )
    yield "UTF-16", changed(PAGE, lambda xml: xml[39:].decode().encode("utf-16")), "file"
    yield (
        "UTF-16 without its mark",
        changed(PAGE, lambda xml: xml[39:].decode().encode("utf-16-le")),
        "file",
    )
    yield (
        "other encoding declared",
        changed(DOCUMENT, lambda xml: xml.replace(b"UTF-8", b"ISO-8859-1")),
        "file",
    )
    yield "namespace unbound", changed(PAGE, lambda xml: xml.replace(b"<ofd:Area>", b"<x:Area>", 1)), "file"
    yield (
        "namespace that looks alike",
        changed(OFD_XML, lambda xml: xml.replace(b"ofdspec.org", b"ofd-spec.org")),
        "file",
    )
    yield (
        "value cut by a comment",
        changed(DOCUMENT, lambda xml: xml.replace(b"PublicRes.xml", b"Public<!-- -->Res.xml")),
        "file",
    )
    yield (
        "value in CDATA",
        changed(OFD_XML, lambda xml: xml.replace(b"/Doc_0/Document.xml", b"<![CDATA[/Doc_0/Document.xml]]>")),
        "file",
    )
    yield "background from elsewhere", changed(DOCUMENT, template_elsewhere), "file"
    yield "annotation added and named", pack({**parts, **annotation(parts)}), "coverage"
    yield "attachment added and named", pack({**parts, **attachment(parts)}), "coverage"
    yield "page added and named", pack({**parts, **second_page(parts)}), "coverage"
    yield "page added in place of the font", pack(in_place_of_the_font(parts)), "coverage"
    yield (
        "annotation in a page",
        changed(PAGE, lambda xml: xml.replace(b"<ofd:Content>", ACTION, 1)),
        "integrity",
    )
    yield "not XML", changed(PAGE, lambda _: b"\xff\xfe\x00"), "file"
    yield "two documents", changed(OFD_XML, twice(b"DocBody")), "file"
    yield "unlisted script", pack({**parts, "Doc_0/Res/script.js": b"app.alert(1)"}), "coverage"
    yield "unlisted page", pack({**parts, "Doc_0/Pages/Page_1/Content.xml": parts[PAGE]}), "coverage"
    yield "unlisted annotation", pack({**parts, "Doc_0/Annots/Annotations.xml": b"<x/>"}), "coverage"
    yield "font removed", pack({k: v for k, v in parts.items() if k != "Doc_0/Res/font_0.otf"}), "coverage"


def changed_signatures(genuine: bytes) -> Iterator[Hostile]:
    parts = unpack(genuine)

    def signature(old: bytes, new: bytes) -> bytes:
        if old not in parts[SIGNATURE]:
            raise ValueError(old)
        return pack({**parts, SIGNATURE: parts[SIGNATURE].replace(old, new, 1)})

    def value(change: Callable[[SealSignature], None]) -> bytes:
        signed = SealSignature.load(parts[SIGNED_VALUE])
        change(signed)
        return pack({**parts, SIGNED_VALUE: signed.dump(force=True)})

    without = {k: v for k, v in parts.items() if k not in (SIGNATURES, SIGNATURE, SIGNED_VALUE, SEAL_PART)}
    yield "seal stripped", pack(without), "seal"
    yield "two seals", pack({**parts, SIGNATURES: twice(b"Signature ")(parts[SIGNATURES])}), "seal"
    yield "second seal in full", pack({**parts, **second_seal(parts)}), "seal"
    yield "digest cut by a comment", signature(b"<ofd:CheckValue>", b"<ofd:CheckValue><!-- -->"), "seal"
    yield (
        "picture of the seal file replaced",
        pack({**parts, SEAL_PART: repainted(parts[SEAL_PART])}),
        "integrity",
    )
    yield (
        "picture of the signed seal replaced",
        pack({**parts, SIGNED_VALUE: repainted(parts[SIGNED_VALUE])}),
        "integrity",
    )
    yield (
        "both pictures replaced",
        pack(
            {
                **parts,
                SEAL_PART: repainted(parts[SEAL_PART]),
                SIGNED_VALUE: repainted(parts[SIGNED_VALUE]),
            }
        ),
        "integrity",
    )
    yield (
        "signature without seal",
        pack({**parts, SIGNATURES: parts[SIGNATURES].replace(b'"Seal"', b'"Sign"')}),
        "seal",
    )
    yield "digest by MD5", signature(b"1.2.156.10197.1.401", b"1.2.840.113549.2.5"), "seal"
    yield "signature by RSA", signature(b"1.2.156.10197.1.501", b"1.2.840.113549.1.1.11"), "seal"
    yield "reference removed", removed_reference(parts), "coverage"
    yield "reference twice", signature(b'FileRef="/OFD.xml"', b'FileRef="/Doc_0/Document.xml"'), "seal"
    yield "reference elsewhere", signature(b'FileRef="/OFD.xml"', b'FileRef="http://x/OFD.xml"'), "seal"
    yield "reference without digest", signature(b"<ofd:CheckValue>", b"<ofd:CheckValue>*"), "seal"
    yield "seal moved", signature(b'Boundary="129', b'Boundary="9'), "integrity"
    yield "later date", signature(b"<ofd:SignatureDateTime>2", b"<ofd:SignatureDateTime>3"), "integrity"
    yield (
        "seal's place elsewhere",
        signature(b"<ofd:BaseLoc>/Doc_0/Signs/Sign_0", b"<ofd:BaseLoc>/Doc_0/Signs/Sign_9"),
        "seal",
    )
    yield "digests made anew", resigned_digests(parts), "integrity"
    yield "no signature value", pack({**parts, SIGNED_VALUE: b""}), "seal"
    yield "zeroed signature value", pack({**parts, SIGNED_VALUE: bytes(len(parts[SIGNED_VALUE]))}), "seal"
    yield "bytes behind the value", pack({**parts, SIGNED_VALUE: parts[SIGNED_VALUE] + b"\0"}), "seal"
    yield (
        "flipped signature",
        value(lambda s: s.__setitem__("signature", core.OctetBitString(flipped(s["signature"].native)))),
        "integrity",
    )
    yield (
        "no signature bits",
        value(lambda s: s.__setitem__("signature", core.OctetBitString(b""))),
        "integrity",
    )
    yield (
        "earlier time",
        value(lambda s: s["to_sign"].__setitem__("time", s["to_sign"]["time"].native - timedelta(days=1))),
        "integrity",
    )
    yield "version 1", value(lambda s: s["to_sign"].__setitem__("version", 1)), "seal"
    yield "no time stamp", value(lambda s: s.__delitem__("time_stamp")), "time"
    yield (
        "flipped time stamp",
        value(lambda s: s.__setitem__("time_stamp", core.OctetBitString(flipped(s["time_stamp"].native)))),
        "time",
    )
    yield (
        "nonsense for a time stamp",
        value(lambda s: s.__setitem__("time_stamp", core.OctetBitString(b"now"))),
        "time",
    )
    yield (
        "other algorithm named",
        value(lambda s: s.__setitem__("algorithm", "1.2.840.10045.4.3.2")),
        "algorithms",
    )


def strangers(world: OfdWorld, genuine: bytes) -> Iterator[Hostile]:
    parts = unpack(genuine)
    yield (
        "other organ's seal",
        world.sealer(world.credential(JIANGHAN)).seal(world.parts, place=PLACE).ofd,
        "holder",
    )
    look_alike = OfdWorld(
        world.seal, type(world.authority)(made_at=world.now), world.stamps, world.keys, world.shelf, world.now
    )
    yield "look-alike authority", look_alike.sealed().ofd, "certificate"
    unlisted = world.credential(signers=[world.authority.seal().dump()])
    yield (
        "signer the seal does not list",
        world.sealer(unlisted).seal(world.parts, place=PLACE).ofd,
        "certificate",
    )
    yield "seal with another name", renamed(world), "verdict"
    yield "self-signed maker", self_signed_maker(world), "certificate"
    other = unpack(world.sealed().ofd)
    yield "value of another document", pack({**parts, SIGNED_VALUE: other[SIGNED_VALUE]}), "integrity"
    yield "seal file of another seal", pack({**parts, SEAL_PART: other[SEAL_PART]}), "integrity"
    yield "swapped time stamp", swapped_stamp(parts, other), "time"
    yield "expired when sealed", expired(world), "certificate"
    yield "seal whose time is over", made_at(world, timedelta(days=-1096)), "certificate"
    yield "seal whose time has not come", made_at(world, timedelta(days=1)), "certificate"
    yield "seal that its own organ made", made_by_the_organ(world), "certificate"
    yield "seal with an unknown critical extension", with_extension(parts), "seal"
    yield "stamped by another authority", foreign_stamp(world), "time"
    yield "stamped by a certificate for seals", stamp_by_a_seal(world), "time"
    yield "stamped an hour later", stamped(world, world.now + timedelta(minutes=59)), "time"
    yield "stamped an hour before", stamped(world, world.now - timedelta(hours=1)), "time"


def renamed(world: OfdWorld) -> bytes:
    """A seal whose picture and name are one organ's, used with the certificate of another."""
    theirs = world.credential(JIANGHAN)
    certificate = x509.Certificate.load(theirs.certificate)
    ours = world.credential(signers=[certificate.dump()])
    mixed = replace(theirs, seal=world.seal, seal_data=ours.seal_data)
    return world.sealer(mixed).seal(world.parts, place=PLACE).ofd


def self_signed_maker(world: OfdWorld) -> bytes:
    """A seal somebody made at home."""
    name = f"home-{len(world.keys.names())}"
    world.keys.generate(name, KeyAlgorithm.SM2)
    credential = world.credential()
    maker = self_sign(
        x509.Name.load(subject("seal maker", organization="演示制章机构").public_bytes()),
        world.keys.sm2_private_key(name),
        now=world.authority.made_at,
    )
    made = make_seal(
        world.seal,
        picture_png=draw_seal_png(world.seal),
        signers=[credential.certificate],
        maker=maker,
        maker_key=name,
        keys=world.keys,
        now=world.now,
    )
    return world.sealer(replace(credential, seal_data=made)).seal(world.parts, place=PLACE).ofd


def expired(world: OfdWorld) -> bytes:
    """Sealed with a certificate that had run out, by somebody who did not look."""
    name = f"late-{len(world.keys.names())}"
    world.keys.generate(name, KeyAlgorithm.SM2)
    holder = subject("seal", organization=world.seal.holder, organization_id=world.seal.organ_id)
    certificate = issue(
        SEAL,
        x509.Name.load(holder.public_bytes()),
        world.keys.sm2_private_key(name).public,
        issuer=world.authority.issuing,
        now=world.now - SEAL.lifetime - timedelta(days=1),
    )
    listed = world.credential(signers=[certificate.dump()])
    sealer = world.sealer(replace(listed, key_name=name, certificate=certificate.dump()))
    sealer._require_usable = lambda now: None  # type: ignore[method-assign]  # noqa: ARG005 - it does not look
    return sealer.seal(world.parts, place=PLACE).ofd


def made_at(world: OfdWorld, since: timedelta) -> bytes:
    """A seal that its maker made for another time, used by somebody who did not look."""
    credential = world.credential()
    made = make_seal(
        world.seal,
        picture_png=draw_seal_png(world.seal),
        signers=[credential.certificate],
        maker=x509.Certificate.load(SealData.load(credential.seal_data)["maker"].native),
        maker_key="maker",
        keys=world.keys,
        now=world.now + since,
    )
    return world.sealer(replace(credential, seal_data=made)).seal(world.parts, place=PLACE).ofd


def made_by_the_organ(world: OfdWorld) -> bytes:
    """A seal with whatever picture an organ likes, signed with the certificate that it seals with."""
    credential = world.credential()
    made = make_seal(
        world.seal,
        picture_png=draw_seal_png(JIANGHAN),
        signers=[credential.certificate],
        maker=x509.Certificate.load(credential.certificate),
        maker_key=credential.key_name,
        keys=world.keys,
        now=world.now,
    )
    return world.sealer(replace(credential, seal_data=made)).seal(world.parts, place=PLACE).ofd


def with_extension(parts: Mapping[str, bytes]) -> bytes:
    signed = SealSignature.load(parts[SIGNED_VALUE])
    extension = {"ext_id": "1.2.3.4", "critical": True, "value": b"?"}
    signed["to_sign"]["seal"]["info"]["extensions"] = [extension]
    return pack({**parts, SIGNED_VALUE: signed.dump(force=True)})


def foreign_stamp(world: OfdWorld) -> bytes:
    """Stamped by an authority that looks like the one that is trusted."""
    with tempfile.TemporaryDirectory() as folder:
        stranger = create(Path(folder), [], lambda: world.now)
        return replace(world, stamps=stranger).sealed().ofd


def stamp_by_a_seal(world: OfdWorld) -> bytes:
    """Stamped with a certificate of the trusted authority that is for putting seals."""
    theirs = world.stamps.credential(world.seal.organ_id)
    stamps = LocalTimeStampAuthority(
        certificate=theirs.certificate,
        chain=theirs.chain,
        keys=world.stamps.sealing_keys,
        key_name=theirs.key_name,
        clock=lambda: world.now,
        serials=lambda: 1,
    )
    return world.sealer(stamps=stamps).seal(world.parts, place=PLACE).ofd


def late_stamps(world: OfdWorld, moment: datetime) -> LocalTimeStampAuthority:
    """The genuine authority, at another moment."""
    return LocalTimeStampAuthority(
        certificate=world.stamps.certify("tsa", TIME_STAMP, "novisit DEMONSTRATION time stamps"),
        chain=(world.stamps.published("issuing.crt"),),
        keys=world.stamps.keys,
        key_name="tsa",
        clock=lambda: moment,
        serials=lambda: 1,
    )


def stamped(world: OfdWorld, moment: datetime) -> bytes:
    return world.sealer(stamps=late_stamps(world, moment)).seal(world.parts, place=PLACE).ofd


def swapped_stamp(parts: Mapping[str, bytes], other: Mapping[str, bytes]) -> bytes:
    signed, theirs = SealSignature.load(parts[SIGNED_VALUE]), SealSignature.load(other[SIGNED_VALUE])
    signed["time_stamp"] = core.OctetBitString(theirs["time_stamp"].native)
    return pack({**parts, SIGNED_VALUE: signed.dump(force=True)})


def resigned_digests(parts: Mapping[str, bytes]) -> bytes:
    """The page changed and its digest in Signature.xml with it; only the signed digest tells."""
    import base64

    page = parts[PAGE].replace("食品".encode(), "药品".encode())
    old, new = (base64.b64encode(sm3(content)) for content in (parts[PAGE], page))
    return pack({**parts, PAGE: page, SIGNATURE: parts[SIGNATURE].replace(old, new)})


def removed_reference(parts: Mapping[str, bytes]) -> bytes:
    content = parts[SIGNATURE]
    start = content.index(b'<ofd:Reference FileRef="/Doc_0/Res')
    end = content.index(b"</ofd:Reference>", start) + len(b"</ofd:Reference>")
    return pack({**parts, SIGNATURE: content[:start] + content[end:]})


def twice(element: bytes) -> Callable[[bytes], bytes]:
    """Repeat the first element whose tag begins so."""

    def change(xml: bytes) -> bytes:
        start = xml.index(b"<ofd:" + element)
        closing = b"</ofd:" + element.strip() + b">"
        end = xml.find(closing, start)
        stop = end + len(closing) if end >= 0 else xml.index(b"/>", start) + 2
        return xml[:stop] + xml[start:stop] + xml[stop:]

    return change


def doctype(xml: bytes, entities: bytes) -> bytes:
    return xml.replace(b"?>", b"?><!DOCTYPE x [" + entities + b"]>", 1)


LAUGHS = b'<!ENTITY a "haha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def patched(package: bytes, record: bytes, offset: int, new: bytes) -> bytes:
    """Change bytes of the first record of a kind."""
    at = package.index(record) + offset
    return package[:at] + new + package[at + len(new) :]


def with_entry(
    package: bytes, name: str, content: bytes, *, mode: int = 0o100644, deflated: bool = False
) -> bytes:
    """The package with one more entry."""
    import warnings

    written = io.BytesIO(package)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        with zipfile.ZipFile(written, "a") as file:
            entry = zipfile.ZipInfo("placeholder.xml")
            entry.filename = name
            entry.create_system = 3
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
            file.writestr(entry, content)
    return written.getvalue()


def hidden_part(package: bytes) -> bytes:
    """A part between the others that only the directory passes over."""
    end = package.rindex(b"PK\x05\x06")
    (start,) = struct.unpack_from("<I", package, end + 16)
    name, content = b"Doc_0/hidden.xml", b"<x/>"
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 4, 4, len(name), 0) + name + content
    moved = package[:start] + local + package[start:end]
    tail = bytearray(package[end:])
    struct.pack_into("<I", tail, 16, start + len(local))
    return moved + bytes(tail)


UNICODE_PATH = struct.pack("<2HBI", 0x7075, 21, 1, 0) + b"Doc_0/other.xml\0"
"""Info-ZIP's field for another name of a part, which some readers prefer."""

ACTION = (
    b'<ofd:Actions><ofd:Action Event="DO"><ofd:URI URI="http://x/"/></ofd:Action></ofd:Actions><ofd:Content>'
)


def include(xml: bytes) -> bytes:
    element = (
        b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    )
    return xml.replace(b"<ofd:Content>", b"<ofd:Content>" + element, 1)


def template_elsewhere(xml: bytes) -> bytes:
    return xml.replace(
        b"</ofd:CommonData>",
        b'<ofd:TemplatePage ID="900" BaseLoc="http://x/Tpl.xml"/></ofd:CommonData>',
    )


def annotation(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """A note over the page, as readers add them."""
    place = b"<ofd:Annotations>/Doc_0/Annots/Annotations.xml</ofd:Annotations>"
    return {
        DOCUMENT: parts[DOCUMENT].replace(b"</ofd:Document>", place + b"</ofd:Document>"),
        "Doc_0/Annots/Annotations.xml": b"<x/>",
    }


def attachment(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    place = b"<ofd:Attachments>/Doc_0/Attachs/Attachments.xml</ofd:Attachments>"
    return {
        DOCUMENT: parts[DOCUMENT].replace(b"</ofd:Document>", place + b"</ofd:Document>"),
        "Doc_0/Attachs/Attachments.xml": b"<x/>",
    }


def second_page(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    page = b'<ofd:Page ID="900" BaseLoc="/Doc_0/Pages/Page_1/Content.xml"/></ofd:Pages>'
    return {
        DOCUMENT: parts[DOCUMENT].replace(b"</ofd:Pages>", page),
        "Doc_0/Pages/Page_1/Content.xml": parts[PAGE],
    }


def in_place_of_the_font(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """As many parts as the seal lists, but one of them another."""
    return {name: content for name, content in {**parts, **second_page(parts)}.items() if "font" not in name}


def second_seal(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """A second signature with files of its own, as readers put them when they seal once more."""
    there = {
        name.replace("Sign_0", "Sign_1"): content.replace(b"Sign_0", b"Sign_1")
        for name, content in parts.items()
        if "Sign_0" in name
    }
    listed = (
        b'<ofd:Signature ID="2" Type="Seal" BaseLoc="/Doc_0/Signs/Sign_1/Signature.xml"/></ofd:Signatures>'
    )
    return {**there, SIGNATURES: parts[SIGNATURES].replace(b"</ofd:Signatures>", listed)}


def repainted(der: bytes) -> bytes:
    """A seal, or a signature with one, whose picture has one dot of another colour."""
    at = der.index(b"IDAT") + 40
    return der[:at] + bytes([der[at] ^ 1]) + der[at + 1 :]


def repacked(package: bytes, *, extra: bytes = b"", comment: bytes = b"") -> bytes:
    """The package with fields behind the directory's first entry."""
    start = package.index(b"PK\x01\x02")
    end = package.rindex(b"PK\x05\x06")
    (length,) = struct.unpack_from("<H", package, start + 28)
    head = bytearray(package[start : start + 46])
    struct.pack_into("<2H", head, 30, len(extra), len(comment))
    stop = start + 46 + length
    entry = bytes(head) + package[start + 46 : stop] + extra + comment
    tail = bytearray(package[end:])
    struct.pack_into("<I", tail, 12, end - start + len(extra) + len(comment))
    return package[:start] + entry + package[stop:end] + bytes(tail)


def both_headers(package: bytes, local: int, listed: int, new: bytes) -> bytes:
    """Change the same field of the first part in both of its headers."""
    return patched(patched(package, b"PK\x03\x04", local, new), b"PK\x01\x02", listed, new)


def overlapping(package: bytes) -> bytes:
    """The second entry of the directory points at the first part."""
    first = package.index(b"PK\x01\x02")
    second = package.index(b"PK\x01\x02", first + 4)
    return package[: second + 42] + bytes(4) + package[second + 46 :]


def zip64(package: bytes) -> bytes:
    """A larger kind of end record, which readers of large packages believe, telling of fewer parts."""
    end = package.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<HII", package, end + 10)
    large = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count - 1, count - 1, size, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    return package[:end] + large + locator + package[end:]


def in_directory(package: bytes) -> bytes:
    """Bytes between the directory's entries and the end record, counted as the directory's."""
    end = package.rindex(b"PK\x05\x06")
    (size,) = struct.unpack_from("<I", package, end + 12)
    tail = bytearray(package[end:])
    struct.pack_into("<I", tail, 12, size + 64)
    return package[:end] + b"PK\x01\x02" + bytes(60) + bytes(tail)


def deflated_with_tail(parts: Mapping[str, bytes]) -> bytes:
    """Bytes that belong to a part by its size and that no reader inflates."""
    return by_zipfile(parts, "Doc_0/Pages/Page_0/Content.xml", b"<secret/>")


def stored_with_tail(parts: Mapping[str, bytes]) -> bytes:
    return by_zipfile(parts, "Doc_0/Res/font_0.otf", b"secret")


def by_zipfile(parts: Mapping[str, bytes], name: str, tail: bytes) -> bytes:
    """The parts packed anew, with bytes behind the packed form of one."""
    whole, listed = bytearray(), bytearray()
    for part, content in parts.items():
        method = zipfile.ZIP_STORED if part.endswith(".otf") else zipfile.ZIP_DEFLATED
        deflater = zlib.compressobj(wbits=-15)
        packed = content if method == zipfile.ZIP_STORED else deflater.compress(content) + deflater.flush()
        packed += tail if part == name else b""
        told = (20, 0, method, 0, 33, zlib.crc32(content), len(packed), len(content), len(part))
        listed += struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, *told, 0, 0, 0, 0, 0, len(whole))
        listed += part.encode()
        whole += struct.pack("<4s5H3I2H", b"PK\x03\x04", *told, 0) + part.encode() + packed
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(parts), len(parts), len(listed), len(whole), 0)
    return bytes(whole + listed + end)
