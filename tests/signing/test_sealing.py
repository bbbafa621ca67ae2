import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from signing.appearance import draw_seal
from signing.demonstration import Demonstration
from signing.design import SealDesign
from signing.errors import GlyphMissing, SealRefused, TimeStampUnavailable
from signing.seal import Seal, SealedPdf, SealPlace
from signing.sealing import PdfSealer
from tests.signing.conftest import JIANGAN, PLACE, make_page


def test_document_stands_unchanged_before_the_seal(sealed: SealedPdf, page: bytes):
    assert sealed.pdf.startswith(page)


def test_file_is_document_then_seal_then_time_stamp_to_the_end(sealed: SealedPdf):
    reader = PdfFileReader(io.BytesIO(sealed.pdf))
    seal, stamp = reader.embedded_signatures
    assert seal.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert stamp.sig_object["/SubFilter"] == "/ETSI.RFC3161"
    assert reader.root["/Perms"]["/DocMDP"]["/Reference"][0]["/TransformParams"]["/P"] == 2
    assert stamp.byte_range[2] + stamp.byte_range[3] == len(sealed.pdf)
    assert len(reader.root["/DSS"]["/CRLs"]) == 2


def test_seal_names_reason_and_digests(sealed: SealedPdf, started: datetime):
    signature = PdfFileReader(io.BytesIO(sealed.pdf)).embedded_regular_signatures[0]
    assert signature.sig_object["/Reason"] == "备案证明 1 号"
    assert sealed.seal_digest == signature.compute_digest().hex()
    assert sealed.sealed_at == started
    assert signature.self_reported_timestamp == started


def test_seal_is_as_wide_as_the_organ_says_and_stands_where_it_was_asked(sealed: SealedPdf):
    signature = PdfFileReader(io.BytesIO(sealed.pdf)).embedded_regular_signatures[0]
    left, lower, right, upper = (float(edge) / 72 * 25.4 for edge in signature.sig_field["/Rect"])
    assert right - left == pytest.approx(42, abs=0.5)
    assert (left + right) / 2 == pytest.approx(150, abs=0.5)
    assert 297 - (lower + upper) / 2 == pytest.approx(230, abs=0.5)


def test_one_sealer_seals_many_documents_without_carrying_anything_over(
    authority: Demonstration, tmp_path: Path
):
    sealer = authority.sealer(JIANGAN.organ_id)
    pages = [make_page(tmp_path, f"第 {number} 号") for number in range(3)]
    for number, page in enumerate(pages):
        sealed = sealer.seal(page, reason=str(number), place=PLACE)
        reader = PdfFileReader(io.BytesIO(sealed.pdf))
        copy_into_new_writer(reader)
        assert reader.embedded_regular_signatures[0].sig_object["/Reason"] == str(number)


def encrypted(page: bytes) -> bytes:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(page)))
    writer.encrypt(owner_pass="secret")
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


@pytest.mark.parametrize("pdf", [b"", b"no pdf", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_is_refused(authority: Demonstration, pdf: bytes):
    with pytest.raises(SealRefused, match="readable"):
        authority.sealer(JIANGAN.organ_id).seal(pdf, reason="1", place=PLACE)


def test_encrypted_document_is_refused(authority: Demonstration, page: bytes):
    with pytest.raises(SealRefused, match="password"):
        authority.sealer(JIANGAN.organ_id).seal(encrypted(page), reason="1", place=PLACE)


def test_sealed_document_is_not_sealed_again(authority: Demonstration, sealed: SealedPdf):
    with pytest.raises(SealRefused, match="already"):
        authority.sealer(JIANGAN.organ_id).seal(sealed.pdf, reason="1", place=PLACE)


@pytest.mark.parametrize("place", [SealPlace(1, 10, 10), SealPlace(0, 100, 400)])
def test_place_off_the_document_is_refused(authority: Demonstration, page: bytes, place: SealPlace):
    with pytest.raises(SealRefused):
        authority.sealer(JIANGAN.organ_id).seal(page, reason="1", place=place)


class SilentAuthority:
    """A time-stamp authority that refuses."""

    def respond(self, request: bytes) -> bytes:
        raise TimeStampUnavailable


def test_without_a_time_stamp_there_is_no_seal(
    authority: Demonstration, page: bytes, clock: Callable[[], datetime]
):
    sealer = PdfSealer(
        authority.credential(JIANGAN.organ_id),
        keys=authority.keys,
        time_stamps=SilentAuthority(),
        crls=authority.crls,
        clock=clock,
    )
    with pytest.raises(TimeStampUnavailable):
        sealer.seal(page, reason="1", place=PLACE)


def test_drawing_is_the_same_every_time():
    assert draw_seal.__wrapped__(JIANGAN) == draw_seal.__wrapped__(JIANGAN)


def test_name_without_a_glyph_is_an_error_that_names_it():
    with pytest.raises(GlyphMissing, match="\U0001f600"):
        draw_seal(Seal("x", "江岸区\U0001f600局", "4201020012345"))


@pytest.mark.parametrize(
    ("organ_id", "holder", "code", "diameter"),
    [
        ("../x", "江岸区", "4201020012345", 42),
        ("x", "江", "4201020012345", 42),
        ("x", "江岸区", "42", 42),
        ("x", "江岸区", "4201020012345", 80),
    ],
)
def test_seal_is_validated_when_built(organ_id: str, holder: str, code: str, diameter: float):
    with pytest.raises(ValueError, match=r"organ id|name|code|wide"):
        Seal(organ_id, holder, code, SealDesign(diameter_mm=diameter))
