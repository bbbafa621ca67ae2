"""Steps 1 to 3 of a verification: what the file is made of, before any certificate is looked at."""

import hashlib
import io

from asn1crypto import cms
from cryptography.x509 import load_der_x509_certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, read_certification_data

from signing.certificates import is_demonstration
from signing.seal import LARGEST_PDF
from signing.steps import Fault
from signing.verdict import SealedBy


def open_pdf(pdf: bytes) -> PdfFileReader:
    """1. file: a readable, unencrypted PDF that begins at its first byte. Raises Fault."""
    if not pdf.startswith(b"%PDF-"):
        raise Fault("not_a_pdf", "FORMAT_FAILURE")
    if len(pdf) > LARGEST_PDF:
        raise Fault("too_large", "FORMAT_FAILURE")
    reader = PdfFileReader(io.BytesIO(pdf))
    if reader.encrypted:
        raise Fault("encrypted", "FORMAT_FAILURE")
    if not list(reader.root["/Pages"]["/Kids"]):
        raise Fault("unreadable", "FORMAT_FAILURE")
    return reader


def find_seal(reader: PdfFileReader) -> EmbeddedPdfSignature:
    """2. seal: one certifying PAdES signature, then nothing but document time stamps. Raises Fault."""
    signatures = list(reader.embedded_signatures)
    seals = [item for item in signatures if item.sig_object_type == "/Sig"]
    stamps = [item for item in signatures if item.sig_object_type == "/DocTimeStamp"]
    if not seals:
        raise Fault("no_seal", "FORMAT_FAILURE")
    if len(seals) > 1 or len(seals) + len(stamps) != len(signatures):
        raise Fault("several_signatures", "FORMAT_FAILURE")
    seal: EmbeddedPdfSignature = seals[0]
    certification = read_certification_data(reader)
    certifies = certification is not None and certification.author_sig is seal.sig_object
    if not certifies or seal.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
        raise Fault("not_certifying", "FORMAT_FAILURE")
    if not _names_its_certificate(seal):
        raise Fault("signer_unnamed", "NO_SIGNING_CERTIFICATE_FOUND")
    for stamp in stamps:
        if stamp.sig_object.get("/SubFilter") != "/ETSI.RFC3161":
            raise Fault("several_signatures", "FORMAT_FAILURE")
        if stamp.signed_revision <= seal.signed_revision:
            raise Fault("several_signatures", "FORMAT_FAILURE")
    return seal


def _names_its_certificate(seal: EmbeddedPdfSignature) -> bool:
    """Whether the signed attributes name the certificate, by its digest, that the container puts forward.

    Without that a certificate could be exchanged for another of the same key (ETSI EN 319 122-1, 5.2.2).
    """
    named = [
        attribute["values"][0]
        for attribute in seal.signer_info["signed_attrs"]
        if attribute["type"].native == "signing_certificate_v2"
    ]
    if len(named) != 1:
        return False
    first = named[0]["certs"][0]
    algorithm = first["hash_algorithm"]["algorithm"].native
    digest = hashlib.new(algorithm, seal.signer_cert.dump()).digest() if algorithm in _NAMING else b""
    return bool(first["cert_hash"].native == digest)


_NAMING = frozenset({"sha256", "sha384", "sha512"})


def read_claims(seal: EmbeddedPdfSignature) -> SealedBy:
    """What the seal says of itself, for the answer; nothing is decided by it here."""
    certificate = seal.signer_cert
    subject = certificate.subject.native
    return SealedBy(
        holder=_text(subject.get("organization_name")),
        organ_id=_text(subject.get("organization_identifier")),
        seal_code=_text(subject.get("serial_number")),
        certificate_serial=f"{certificate.serial_number:x}",
        seal_digest=seal.compute_digest().hex(),
        reason=_text(seal.sig_object.get("/Reason")),
        demonstration=is_demonstration(load_der_x509_certificate(certificate.dump())),
    )


def check_coverage(pdf: bytes, reader: PdfFileReader) -> None:
    """3. coverage: each signature covers all around its own container, the last one all of the file."""
    if max(_covered_end(pdf, signature) for signature in reader.embedded_signatures) != len(pdf):
        raise Fault("not_covered", "FORMAT_FAILURE")


def _covered_end(pdf: bytes, signature: EmbeddedPdfSignature) -> int:
    """Where a signature's cover ends; its one gap must hold its own container and nothing else."""
    numbers = [int(number) for number in signature.byte_range]
    if len(numbers) != 4 or min(numbers) < 0 or numbers[0] != 0:
        raise Fault("bad_byte_range", "FORMAT_FAILURE")
    _, length, start, rest = numbers
    gap, end = pdf[length:start], start + rest
    if end > len(pdf) or gap[:1] != b"<" or gap[-1:] != b">":
        raise Fault("bad_byte_range", "FORMAT_FAILURE")
    container = bytes.fromhex(gap[1:-1].decode("ascii"))
    padding = container[len(cms.ContentInfo.load(container).dump()) :]
    if container != signature.pkcs7_content or padding.strip(b"\0"):
        raise Fault("bad_byte_range", "FORMAT_FAILURE")
    return end


def _text(value: object) -> str:
    """A value that should be text: str, or nothing (a repeated attribute arrives as a list)."""
    return str(value) if isinstance(value, str) else ""
