"""Sealed documents that someone tampered with, and look-alikes: none of them may pass."""

import io
import re
import secrets
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import cms, crl, keys, x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.certificates import SEAL, der, issue, subject
from signing.demonstration import Demonstration, create
from signing.sealing import _TimeStamper
from signing.timestamps import LocalTimeStampAuthority, TimeStampAuthority
from tests.signing.conftest import JIANGAN, JIANGHAN, PLACE

Change = Callable[[IncrementalPdfFileWriter], None]


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


def replace_content(writer: IncrementalPdfFileWriter) -> None:
    page = first_page(writer)
    page["/Contents"] = writer.add_object(stream(b"0 0 1 rg 0 0 600 800 re f"))


def overlay(writer: IncrementalPdfFileWriter) -> None:
    writer.add_stream_to_page(0, writer.add_object(stream(b"1 g 100 600 300 100 re f")))


def swap_seal_picture(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"].raw_get(0).get_object()
    picture = stream(b"1 0 0 rg 0 0 100 100 re f")
    picture["/Type"], picture["/Subtype"] = pdf_name("/XObject"), pdf_name("/Form")
    picture["/BBox"] = generic.ArrayObject([generic.NumberObject(edge) for edge in (0, 0, 119, 119)])
    field["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(picture)})
    writer.update_container(field)


def hide_seal(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"].raw_get(0).get_object()
    field["/F"] = generic.NumberObject(2)
    writer.update_container(field)


def add_script(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/OpenAction"] = generic.DictionaryObject(
        {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
    )
    writer.update_root()


def add_page(writer: IncrementalPdfFileWriter) -> None:
    page = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Page"),
            pdf_name("/MediaBox"): generic.ArrayObject(
                [generic.NumberObject(edge) for edge in (0, 0, 595, 842)]
            ),
            pdf_name("/Resources"): generic.DictionaryObject(),
            pdf_name("/Contents"): writer.add_object(stream(b"0 g 0 0 9 9 re f")),
        }
    )
    writer.insert_page(page)


def add_note(writer: IncrementalPdfFileWriter) -> None:
    page = first_page(writer)
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Contents"): pdf_string("valid until 2099"),
            pdf_name("/DA"): pdf_string("/Helv 12 Tf 0 g"),
            pdf_name("/Rect"): generic.ArrayObject(
                [generic.NumberObject(edge) for edge in (90, 600, 300, 640)]
            ),
        }
    )
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])


def add_text_field(writer: IncrementalPdfFileWriter) -> None:
    field = generic.DictionaryObject(
        {
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): pdf_string("name"),
            pdf_name("/V"): pdf_string("someone else"),
        }
    )
    fields = writer.root["/AcroForm"]["/Fields"]
    fields.append(writer.add_object(field))
    writer.update_container(fields)


def swap_page_for_hidden_one(writer: IncrementalPdfFileWriter) -> None:
    """Shadow replace: the page tree points at another page object."""
    old = first_page(writer)
    new = generic.DictionaryObject(dict(old))
    new[pdf_name("/Contents")] = writer.add_object(stream(b"0 1 0 rg 0 0 600 800 re f"))
    pages = writer.root["/Pages"]
    pages["/Kids"] = generic.ArrayObject([writer.add_object(new)])
    writer.update_container(pages)


CHANGES: dict[str, Change] = {
    "replaced content": replace_content,
    "overlay": overlay,
    "swapped seal picture": swap_seal_picture,
    "hidden seal": hide_seal,
    "added script": add_script,
    "added page": add_page,
    "added note": add_note,
    "added text field": add_text_field,
    "shadow replace": swap_page_for_hidden_one,
}


def restamped(pdf: bytes, authority: TimeStampAuthority) -> bytes:
    """Append a document time stamp from the public service, so that all of the file is covered again."""
    output = PdfTimeStamper(_TimeStamper(authority)).timestamp_pdf(
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


BYTE_RANGE = rb"/ByteRange \[[^\]]*\]"
CONTENTS = rb"/Contents <[0-9a-fA-F]{2000,}>"


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


def flipped(pdf: bytes, place: int) -> bytes:
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def seal_revision_end(pdf: bytes) -> int:
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    return int(signature.byte_range[2]) + int(signature.byte_range[3])


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


@dataclass(frozen=True)
class Forged:
    """A signer with its own key, and how it signs."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    certificate: bytes
    digest: str = "sha256"
    certify: bool = True
    field: str = "Seal"
    with_lists: bool = True

    def sign(self, pdf: bytes, materials: Materials) -> bytes:
        plain = self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        chain = SimpleCertificateStore()
        chain.register_multiple(
            x509.Certificate.load(materials.authority.published(name)) for name in ("issuing.crt", "root.crt")
        )
        signer = SimpleSigner(
            x509.Certificate.load(self.certificate), keys.PrivateKeyInfo.load(plain), cert_registry=chain
        )
        metadata = PdfSignatureMetadata(
            field_name=self.field,
            md_algorithm=self.digest,
            certify=self.certify,
            subfilter=SigSeedSubFilter.PADES,
            docmdp_permissions=MDPPerm.FILL_FORMS,
        )
        stamps = materials.authority.time_stamp_authority()
        output = PdfSigner(
            metadata,
            signer,
            timestamper=_TimeStamper(stamps) if self.digest == "sha256" else None,
            new_field_spec=SigFieldSpec(self.field),
        ).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), bytes_reserved=20480)
        if self.with_lists:
            lists = [crl.CertificateList.load(item) for item in materials.authority.crls(materials.clock())]
            chain.register(signer.signing_cert)
            DocumentSecurityStore.add_dss(output, None, certs=list(chain), crls=lists)
        return restamped(output.getvalue(), stamps)


def own_seal_name() -> pyca.Name:
    return subject("电子印章", organization=JIANGAN.holder, organization_id=JIANGAN.organ_id)


def weak_certificate(materials: Materials, key: rsa.RSAPrivateKey) -> bytes:
    """A 1024-bit RSA seal certificate that the real authority issued."""
    issuer = materials.authority.authority.issuer("issuing")
    certificate = issue(
        SEAL,
        own_seal_name(),
        key.public_key(),  # type: ignore[arg-type]  # the weak key is the point
        issuer=issuer,
        now=materials.clock(),
    )
    return der(certificate)


def self_made_certificate(key: ec.EllipticCurvePrivateKey, now: datetime) -> bytes:
    name = own_seal_name()
    builder = (
        pyca.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(pyca.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=9))
    )
    return der(builder.sign(key, hashes.SHA256()))


def signed_by_others(materials: Materials) -> Iterator[tuple[str, bytes]]:
    """Seals of other organs, other authorities and other kinds of certificates."""
    authority, page, now = materials.authority, materials.page, materials.clock()
    other = authority.sealer(JIANGHAN.organ_id).seal(page, reason="1", place=PLACE)
    yield "other organ's seal", other.pdf
    look_alike = create(materials.folder / "look-alike", [JIANGAN], materials.clock)
    yield "look-alike authority", look_alike.sealer(JIANGAN.organ_id).seal(page, reason="1", place=PLACE).pdf
    credential = authority.credential(JIANGAN.organ_id)
    real = Forged(authority.keys.private_key(credential.key_name), credential.certificate)
    tsa = (authority._folder / "tsa.crt").read_bytes()
    authority.tls_files(["localhost"])
    tls = pyca.load_pem_x509_certificate((authority._folder / "tls.pem").read_bytes())
    own = ec.generate_private_key(ec.SECP256R1())
    rsa_key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the weak key is the point
    yield "sha-1", Forged(real.key, real.certificate, digest="sha1").sign(page, materials)
    yield "rsa-1024", Forged(rsa_key, weak_certificate(materials, rsa_key)).sign(page, materials)
    yield "no revocation lists", Forged(real.key, real.certificate, with_lists=False).sign(page, materials)
    yield "not certifying", Forged(real.key, real.certificate, certify=False).sign(page, materials)
    yield "self-signed", Forged(own, self_made_certificate(own, now)).sign(page, materials)
    yield "wrong key", Forged(own, credential.certificate).sign(page, materials)
    yield "time-stamp certificate", Forged(authority.keys.private_key("tsa"), tsa).sign(page, materials)
    yield "tls certificate", Forged(authority.keys.private_key("tls"), der(tls)).sign(page, materials)
    second = Forged(real.key, real.certificate, certify=False, field="Second")
    yield "two signatures", second.sign(materials.sealed, materials)
    yield "sealed around a foreign signature", sealed_twice(materials)


def sealed_twice(materials: Materials) -> bytes:
    credential = materials.authority.credential(JIANGHAN.organ_id)
    key = materials.authority.keys.private_key(credential.key_name)
    return Forged(key, credential.certificate, certify=False, field="Other").sign(materials.sealed, materials)


def malformed(materials: Materials) -> Iterator[tuple[str, bytes]]:
    """Files made to exhaust or confuse a parser."""
    yield "encrypted", encrypted(materials.page)
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


def loop_fields(writer: IncrementalPdfFileWriter) -> None:
    fields = writer.root["/AcroForm"]["/Fields"]
    reference = fields.raw_get(0)
    field = reference.get_object()
    field["/Kids"] = generic.ArrayObject([reference])
    writer.update_container(field)


def loop_pages(writer: IncrementalPdfFileWriter) -> None:
    reference = writer.root.raw_get("/Pages")
    pages = reference.get_object()
    pages["/Kids"] = generic.ArrayObject([reference])
    writer.update_container(pages)


def add_bomb(writer: IncrementalPdfFileWriter) -> None:
    bomb = zlib.compress(zlib.compress(bytes(50_000_000), 9), 9)
    content = generic.StreamObject(encoded_data=bomb)
    content["/Filter"] = generic.ArrayObject([pdf_name("/FlateDecode"), pdf_name("/FlateDecode")])
    first_page(writer)["/Contents"] = writer.add_object(content)


def corpus(materials: Materials) -> dict[str, bytes]:
    """Every hostile file by its name."""
    files = {name: updated(materials.sealed, change) for name, change in CHANGES.items()}
    stamps = materials.authority.time_stamp_authority()
    files |= {f"{name}, stamped": restamped(pdf, stamps) for name, pdf in files.items()}
    for group in (
        edited(materials.sealed),
        framed(materials.sealed),
        cut(materials),
        signed_by_others(materials),
        malformed(materials),
    ):
        files |= dict(group)
    return files
