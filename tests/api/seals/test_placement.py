"""Where the seal goes is data of the matter: by its mark, by a text, and over the edges of several pages."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pytest

from api.bootstrap import Services
from api.jobs.paper import SealingOrder, draw_and_seal
from filing.certificates import CertificateContent, CertificateLine
from filing.organs import demonstration_organs
from signing.demonstration import Demonstration
from signing.errors import SealTextUnclear
from signing.seal import CrossingSeal, SealAnchor, SealPlacement
from tests.filing.test_rendering import make_content

DOTS_PER_MM = 6
Red = npt.NDArray[np.bool_]


def content(lines: int, placement: SealPlacement) -> CertificateContent:
    facts = tuple(
        CertificateLine(f"股东{number}", "Shareholder", "湖北省武汉市江岸区中山大道" * 3)
        for number in range(lines)
    )
    return replace(
        make_content(organ_name_zh=demonstration_organs()[0].name_zh), lines=facts, placement=placement
    )


def seal(services: Services, wanted: CertificateContent) -> bytes:
    order = SealingOrder(wanted, services.seal_setup, "https://example.org/verify", services.clock())
    return draw_and_seal(order).pdf


def red_of(pdf: bytes) -> list[Red]:
    """Where each page is as red as the seal, also over gold; its foot has other red letters."""
    shown = []
    document = pdfium.PdfDocument(pdf)
    document.init_forms()
    for page in document:
        pixels = np.asarray(page.render(scale=DOTS_PER_MM * 25.4 / 72).to_numpy())
        blue, green, red = (pixels[..., channel].astype(int) for channel in range(3))
        shown.append((red > 110) & (green < 90) & (blue < 90))
    return shown


def test_a_certificate_of_three_pages_carries_the_crossing_seal_and_its_strips_join(
    services: Services, authority: Demonstration, tmp_path: Path
):
    pages = red_of(pdf := seal(services, content(60, SealPlacement(crossing=CrossingSeal()))))
    assert len(pages) == 3
    strips = [page[:, -14 * DOTS_PER_MM :] for page in pages]
    assert all(strip.any() for strip in strips)
    rows, columns = np.nonzero(np.hstack(strips))
    assert np.ptp(rows) / DOTS_PER_MM == pytest.approx(42, abs=0.5)
    assert np.ptp(columns) / DOTS_PER_MM == pytest.approx(42, abs=0.5)
    middle = (rows.max() + rows.min()) / 2, (columns.max() + columns.min()) / 2
    far = np.hypot(rows - middle[0], columns - middle[1]) / DOTS_PER_MM
    turns = np.arctan2(rows - middle[0], columns - middle[1])[(far > 20) & (far < 21.2)]
    assert np.histogram(turns, bins=72, range=(-np.pi, np.pi))[0].min() > 0, "the ring is closed"
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed: apt-get install qpdf")
    (tmp_path / "sealed.pdf").write_bytes(pdf)
    subprocess.run(["qpdf", "--check", tmp_path / "sealed.pdf"], check=True, capture_output=True)


def test_a_certificate_of_one_page_has_nothing_to_join(services: Services, authority: Demonstration):
    (page,) = red_of(seal(services, content(2, SealPlacement(crossing=CrossingSeal()))))
    assert not page[:, -14 * DOTS_PER_MM :].any()


def test_the_seal_goes_to_the_text_that_the_matter_names(services: Services, authority: Demonstration):
    anchor = SealAnchor("小餐饮备案凭证", right_mm=80, down_mm=10)
    (page,) = red_of(seal(services, content(2, SealPlacement(anchor))))
    rows, columns = np.nonzero(page[: 150 * DOTS_PER_MM])
    assert np.ptp(columns) / DOTS_PER_MM == pytest.approx(42, abs=0.5)
    assert (columns.max() + columns.min()) / 2 / DOTS_PER_MM == pytest.approx(297 / 2 + 80, abs=1.5)
    assert rows.max() / DOTS_PER_MM < 80


@pytest.mark.parametrize(
    ("text", "said"), [("盖章处", "nowhere in this document"), ("江岸区", r"\d times .* say which is meant")]
)
def test_a_text_that_is_missing_or_not_clear_is_refused(
    services: Services, authority: Demonstration, text: str, said: str
):
    with pytest.raises(SealTextUnclear, match=said):
        seal(services, content(2, SealPlacement(SealAnchor(text))))
