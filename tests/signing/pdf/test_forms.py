"""Crossing seals and seals at a text: drawn, verified by us, and by programs that other people wrote."""

import io
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.demonstration import Demonstration
from signing.errors import SealRefused
from signing.pdf.source import Source
from signing.seal import CrossingSeal, SealAnchor, SealedPdf, SealPlace
from signing.typesetting import typeset
from signing.verdict import SealStatus
from signing.verification import verify_pdf
from tests.signing.conftest import JIANGAN, PLACE

PER_INCH = 60


def make_pages(folder: Path, count: int) -> bytes:
    source = folder / "pages.typ"
    source.write_text(
        '#set page(width: 210mm, height: 297mm)\n#set text(font: "Noto Serif SC")\n'
        + "#pagebreak()\n".join(
            f"= 第{number}页\n#place(top + left, dx: 60mm, dy: 100mm)[（盖章处）]\n"
            for number in range(count)
        ),
        encoding="utf-8",
    )
    return typeset(source, {})


def pictures(folder: Path, pdf: bytes) -> list[Image.Image]:
    (folder / "out.pdf").write_bytes(pdf)
    run(folder, "pdftoppm", "-r", str(PER_INCH), "out.pdf", "page")
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("page-*.ppm"))]


def run(folder: Path, *command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def red(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    """How many red pixels lie in a box of millimetres."""
    left, upper, right, lower = (round(edge * PER_INCH / 25.4) for edge in box)
    pixels = picture.crop((left, upper, min(right, picture.width), lower)).tobytes()
    return sum(
        r > 150 and g < 120 and b < 120
        for r, g, b in zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True)
    )


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory, authority: Demonstration) -> SealedPdf:
    pages = make_pages(tmp_path_factory.mktemp("pages"), 3)
    return authority.sealer(JIANGAN.organ_id).seal(
        pages, reason="三页", place=SealAnchor("（盖章处）", occurrence=-1), crossing=CrossingSeal()
    )


def test_crossing_seal_lies_in_strips_over_the_right_edges(tmp_path: Path, crossed: SealedPdf):
    shown = pictures(tmp_path, crossed.pdf)
    strips = [red(page, (195, 127, 210, 170)) for page in shown]
    assert min(strips) > 60
    assert [red(page, (150, 127, 194, 170)) for page in shown] == [0, 0, 0]


def test_the_strips_put_side_by_side_are_the_seal(tmp_path: Path, crossed: SealedPdf):
    """The ring of a whole seal is as wide as it is high, and its star stands in the middle strip."""
    shown = pictures(tmp_path, crossed.pdf)
    middle = red(shown[1], (196, 146, 210, 151))
    assert middle > 1.2 * red(shown[0], (196, 146, 210, 151))
    assert middle > 1.2 * red(shown[2], (196, 146, 210, 151))
    width = round(14 * PER_INCH / 25.4)
    whole = Image.new("RGB", (3 * width, shown[0].height), "white")
    for index, page in enumerate(shown):
        whole.paste(page.crop((page.width - width, 0, page.width, page.height)), (index * width, 0))
    ring = whole.point(lambda level: 255 if level < 120 else 0).getchannel("G").getbbox()
    assert ring is not None
    assert ring[2] - ring[0] == pytest.approx(ring[3] - ring[1], abs=3)


def test_seal_goes_to_the_last_occurrence_of_its_text(tmp_path: Path, crossed: SealedPdf):
    around = (60, 90, 130, 180)
    shown = pictures(tmp_path, crossed.pdf)
    assert [red(page, around) > 0 for page in shown] == [False, False, True]


def test_another_occurrence_is_chosen_by_its_number(tmp_path: Path, authority: Demonstration):
    sealed = authority.sealer(JIANGAN.organ_id).seal(
        make_pages(tmp_path, 3), reason="1", place=SealAnchor("（盖章处）", occurrence=2, right_mm=20)
    )
    assert [red(page, (90, 90, 150, 180)) > 0 for page in pictures(tmp_path, sealed.pdf)] == [
        False,
        True,
        False,
    ]


def test_our_verifier_passes_it(crossed: SealedPdf, authority: Demonstration, clock: Callable[[], datetime]):
    verification = verify_pdf(crossed.pdf, anchors=authority.anchors, at=clock())
    assert verification.status is SealStatus.TOTAL_PASSED
    assert verification.sealed_by.seal_digest == crossed.seal_digest


def test_other_programs_find_it_good(tmp_path: Path, crossed: SealedPdf, authority: Demonstration):
    (tmp_path / "out.pdf").write_bytes(crossed.pdf)
    (tmp_path / "root.der").write_bytes(authority.anchors[0])
    (tmp_path / "nss").mkdir()
    run(tmp_path, "certutil", "-N", "-d", "sql:nss", "--empty-password")
    run(tmp_path, "certutil", "-A", "-d", "sql:nss", "-n", "root", "-t", "CT,C,C", "-i", "root.der")
    told = run(tmp_path, "pdfsig", "-nssdir", "sql:nss", "-no-ocsp", "out.pdf")
    assert "Signature is Valid." in told
    assert "Certificate is Trusted." in told
    assert "No syntax or stream encoding errors" in run(tmp_path, "qpdf", "--check", "out.pdf")
    assert "The signature is valid" in run(tmp_path, "mutool", "sign", "-v", "out.pdf")


def test_it_still_says_that_it_is_pdf_a(tmp_path: Path, crossed: SealedPdf):
    (tmp_path / "out.pdf").write_bytes(crossed.pdf)
    metadata = run(tmp_path, "pdfinfo", "-meta", "out.pdf")
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in metadata
    assert b"/GTS_PDFA1" in crossed.pdf


def test_documents_with_cross_reference_streams_go_on_with_them(
    tmp_path: Path, authority: Demonstration, clock: Callable[[], datetime]
):
    (tmp_path / "plain.pdf").write_bytes(make_pages(tmp_path, 2))
    run(tmp_path, "qpdf", "--object-streams=generate", "plain.pdf", "packed.pdf")
    packed = (tmp_path / "packed.pdf").read_bytes()
    assert Source(packed).reader.has_xref_stream
    sealed = authority.sealer(JIANGAN.organ_id).seal(packed, reason="1", place=PLACE, crossing=CrossingSeal())
    verification = verify_pdf(sealed.pdf, anchors=authority.anchors, at=clock())
    assert verification.status is SealStatus.TOTAL_PASSED
    (tmp_path / "out.pdf").write_bytes(sealed.pdf)
    assert "No syntax or stream encoding errors" in run(tmp_path, "qpdf", "--check", "out.pdf")


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_on_a_turned_page_the_seal_stands_where_it_is_seen(
    tmp_path: Path, authority: Demonstration, turn: int
):
    (tmp_path / "plain.pdf").write_bytes(make_pages(tmp_path, 1))
    run(tmp_path, "qpdf", f"--rotate=+{turn}:1", "plain.pdf", "turned.pdf")
    turned = (tmp_path / "turned.pdf").read_bytes()
    sealed = authority.sealer(JIANGAN.organ_id).seal(turned, reason="1", place=SealPlace(0, 50, 60))
    (shown,) = pictures(tmp_path, sealed.pdf)
    assert red(shown, (28, 38, 72, 82)) == red(shown, (0, 0, 297, 297)) > 100
    star, above = red(shown, (44, 52, 56, 60)), red(shown, (44, 60, 56, 68))
    assert star + above > 20


def test_what_stands_behind_references_is_kept(
    tmp_path: Path, authority: Demonstration, clock: Callable[[], datetime]
):
    writer = IncrementalPdfFileWriter(io.BytesIO(make_pages(tmp_path, 2)))
    page = writer.find_page_for_modification(0)[0].get_object()
    box = generic.ArrayObject([generic.NumberObject(edge) for edge in (10, 10, 90, 40)])
    field = writer.add_object(
        generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/Widget"),
                pdf_name("/FT"): pdf_name("/Tx"),
                pdf_name("/T"): pdf_string("note"),
                pdf_name("/Rect"): box,
            }
        )
    )
    contents = writer.add_object(generic.ArrayObject([page.raw_get("/Contents")]))
    page[pdf_name("/Contents")] = contents
    page[pdf_name("/Annots")] = writer.add_object(generic.ArrayObject([field]))
    form = generic.DictionaryObject({pdf_name("/Fields"): generic.ArrayObject([field])})
    writer.root[pdf_name("/AcroForm")] = writer.add_object(form)
    writer.update_container(page)
    writer.update_root()
    written = io.BytesIO()
    writer.write(written)
    sealed = authority.sealer(JIANGAN.organ_id).seal(
        written.getvalue(), reason="1", place=PLACE, crossing=CrossingSeal()
    )
    reader = PdfFileReader(io.BytesIO(sealed.pdf))
    assert [item.get_object()["/T"] for item in reader.root["/AcroForm"]["/Fields"]] == [
        "note",
        "Seal",
        "Timestamp",
    ]
    kept = reader.root["/Pages"]["/Kids"][0]
    assert [item.get_object()["/T"] for item in kept["/Annots"]] == ["note", "Seal", "Timestamp"]
    assert all(hasattr(item.get_object(), "data") for item in kept["/Contents"])
    assert verify_pdf(sealed.pdf, anchors=authority.anchors, at=clock()).status is SealStatus.TOTAL_PASSED


def test_a_text_that_is_not_there_is_told(tmp_path: Path, authority: Demonstration):
    with pytest.raises(SealRefused, match="nowhere"):
        authority.sealer(JIANGAN.organ_id).seal(make_pages(tmp_path, 1), reason="1", place=SealAnchor("公章"))
    with pytest.raises(SealRefused, match="only 1 times"):
        authority.sealer(JIANGAN.organ_id).seal(
            make_pages(tmp_path, 1), reason="1", place=SealAnchor("盖章处", occurrence=2)
        )


def test_of_a_text_that_stands_more_than_once_it_is_said_which_is_meant(
    tmp_path: Path, authority: Demonstration
):
    with pytest.raises(SealRefused, match=r"3 times .* \(pages 1, 2, 3\): say which is meant"):
        authority.sealer(JIANGAN.organ_id).seal(
            make_pages(tmp_path, 3), reason="1", place=SealAnchor("（盖章处）")
        )


def test_one_page_has_no_crossing_seal(page: bytes, authority: Demonstration):
    with pytest.raises(SealRefused, match="2 to 500 pages"):
        authority.sealer(JIANGAN.organ_id).seal(page, reason="1", place=PLACE, crossing=CrossingSeal())
