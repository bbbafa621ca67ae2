"""A seal of 45 mm with an emblem on a document: as wide as it says, valid, and it hides nothing."""

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pytest

from signing.appearance import draw_seal
from signing.demonstration import Demonstration, create
from signing.design import SealCentre, SealDesign, SealRank
from signing.emblem import clean_emblem
from signing.pdf.picture import read_picture
from signing.seal import Seal, SealedPdf, SealPlace
from signing.verdict import SealStatus
from signing.verification import verify_pdf
from tests.signing.conftest import make_page

DOTS_PER_MM = 10
EMBLEM = clean_emblem(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -10 20 20"><g transform="rotate(45)">'
    b'<path fill="#000" fill-rule="evenodd" d="M-7-7H7V7H-7ZM-4-4H4V4H-4Z"/></g></svg>'
)
SEAL = Seal(
    "jiangan",
    "武汉市江岸区人民政府",
    "4201020000001",
    SealDesign(SealRank.DISTRICT, 45.0, SealCentre.EMBLEM, emblem=EMBLEM),
)
PLACE = SealPlace(0, 100, 120)


@pytest.fixture(scope="module")
def government(tmp_path_factory: pytest.TempPathFactory, clock: Callable[[], datetime]) -> Demonstration:
    return create(tmp_path_factory.mktemp("government"), [SEAL], clock)


@pytest.fixture(scope="module")
def sealed(government: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> SealedPdf:
    page = make_page(tmp_path_factory.mktemp("page"), "印章之下的文字")
    return government.sealer(SEAL.organ_id).seal(page, reason="1", place=PLACE)


def shown(pdf: bytes) -> npt.NDArray[np.int64]:
    """The first page as blue, green, red."""
    document = pdfium.PdfDocument(pdf)
    document.init_forms()
    return np.asarray(document[0].render(scale=DOTS_PER_MM * 25.4 / 72).to_numpy()).astype(np.int64)[..., :3]


def test_it_is_45_mm_wide_on_the_page_around_its_place(sealed: SealedPdf):
    pixels = shown(sealed.pdf)
    rows, columns = np.nonzero((pixels[..., 2] > 150) & (pixels[..., 1] < 120))
    assert np.ptp(columns) / DOTS_PER_MM == pytest.approx(45, abs=0.5)
    assert np.ptp(rows) / DOTS_PER_MM == pytest.approx(45, abs=0.5)
    assert (columns.min() + columns.max()) / 2 / DOTS_PER_MM == pytest.approx(PLACE.x_mm, abs=0.3)
    assert (rows.min() + rows.max()) / 2 / DOTS_PER_MM == pytest.approx(PLACE.y_mm, abs=0.3)
    middle = pixels[round(PLACE.y_mm * DOTS_PER_MM), round(PLACE.x_mm * DOTS_PER_MM)]
    assert middle[1] > 200, "the hole of the emblem is clear"


def test_what_stands_under_it_stays_as_dark_as_it_was(government: Demonstration, tmp_path: Path):
    page = make_page(tmp_path, "印章之下的文字")
    over = government.sealer(SEAL.organ_id).seal(page, reason="1", place=SealPlace(0, 45, 30)).pdf
    before, after = shown(page), shown(over)
    dark = np.asarray((before < 60).all(axis=-1))
    assert dark[: 60 * DOTS_PER_MM].sum() > 1000
    assert (after[..., 1] < 120).sum() > dark.sum() + 10_000, "the seal lies there"
    assert (after[dark][:, 1] < 60).all()


def test_our_verifier_passes_it(sealed: SealedPdf, government: Demonstration, clock: Callable[[], datetime]):
    verification = verify_pdf(sealed.pdf, anchors=government.anchors, at=clock())
    assert verification.status is SealStatus.TOTAL_PASSED
    assert verification.sealed_by.holder == SEAL.holder


def test_the_emblem_is_drawn_in_plain_vectors_as_pdf_a_takes_them():
    parts = [
        part for each in read_picture(draw_seal(SEAL)).objects for part in each if isinstance(part, bytes)
    ]
    told = b"".join(part.split(b"stream")[0] for part in parts)
    assert not re.search(rb"/SMask|/JavaScript|/URI|/Subtype\s*/Image", told)
    assert not re.search(rb"/(?:CA|ca)\s+0?\.", told)


def test_other_programs_find_it_good(tmp_path: Path, sealed: SealedPdf):
    for program in ("qpdf", "pdfinfo"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt-get install qpdf poppler-utils")
    (tmp_path / "out.pdf").write_bytes(sealed.pdf)
    subprocess.run(["qpdf", "--check", "out.pdf"], cwd=tmp_path, check=True, capture_output=True)
    metadata = subprocess.run(
        ["pdfinfo", "-meta", "out.pdf"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
